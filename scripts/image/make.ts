import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { env, execPath } from 'node:process';
import { isLoaded, isService, type Lock, productionPackages } from './content.ts';
import { sbom } from './sbom.ts';
import { copyFiles, filesBelow, type Sealed, seal } from './tree.ts';

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

/** Compiles into a folder of its own: nobody else's `dist` is touched. */
const compile = (root: string, into: string): void => {
  const path = [join(root, 'node_modules', '.bin'), env.PATH].join(delimiter);
  const options = { cwd: root, env: { ...env, PATH: path }, stdio: ['ignore', 2, 2] as ('ignore' | number)[] };
  const { status, error } = spawnSync(execPath, [join(root, 'scripts', 'build.mjs'), into], options);
  if (status !== 0) throw new Error(`the sources do not compile${error ? `: ${error.message}` : ''}`);
};

const fill = (root: string, app: string): void => {
  const manifest = readJson(join(root, 'package.json'));
  const lock: Lock = readJson(join(root, 'package-lock.json'));
  for (const folder of productionPackages(lock))
    copyFiles(join(root, folder), join(app, folder), filesBelow(join(root, folder)).filter(isLoaded));
  copyFiles(join(root, 'bin'), join(app, 'bin'), filesBelow(join(root, 'bin')));
  copyFiles(root, app, ['package.json', 'LICENSE']);
  writeFileSync(join(app, 'sbom.cdx.json'), sbom(manifest, lock));
};

/**
 * Makes the content of the image below `to`, a folder that is absent or empty: `app`, the service, and `data`, the empty
 * folder for what it may write. The project must be installed (`npm ci`). Throws with what stands in the way.
 */
export const makeTree = (root: string, to: string): Sealed => {
  mkdirSync(to, { recursive: true });
  if (readdirSync(to).length > 0) throw new Error(`${to} is not empty: name a folder that is absent or empty`);
  const work = mkdtempSync(join(tmpdir(), 'shardline-image-'));
  try {
    compile(root, work);
    copyFiles(work, join(to, 'app', 'dist'), filesBelow(work).filter(isService));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  fill(root, join(to, 'app'));
  mkdirSync(join(to, 'data'));
  return seal(to);
};
