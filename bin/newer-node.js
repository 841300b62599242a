import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';

/** Node 24 is the first that runs TypeScript by stripping its types without a flag or a warning. */
export const OLDEST_MAJOR = 24;

export const runningMajor = () => Number.parseInt(process.versions.node, 10);

/** The Node that the npm package `node` has put beside us, if it is there whole and new enough. */
export const findNode = (root) => {
  try {
    const manifest = createRequire(join(root, 'package.json')).resolve('node/package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    const node = join(dirname(manifest), 'bin', 'node');
    return Number.parseInt(version, 10) >= OLDEST_MAJOR && existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
};
