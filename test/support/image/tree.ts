import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sealed } from '../../../scripts/image/tree.ts';
import { packageRoot } from '../../../src/local/machine.ts';
import { dockerStages, said } from './dockerfile.ts';

/** What the image's first stage runs last; its last word is where the content goes. */
const recipe = (): readonly string[] => {
  const [, content = []] = dockerStages();
  const [command, ...args] = said(content, 'RUN').at(-1)?.rest.split(' ') ?? [];
  if (command !== 'node' || args.at(-1) !== '/image') throw new Error('the Dockerfile makes /image in another way');
  return args.slice(0, -1);
};

export interface ImageTree extends Sealed {
  readonly path: string;
}

/** Makes the image's content by the Dockerfile's own command, into a folder of its own below `folder`. */
export const imageTree = async (folder: string, root = packageRoot(), umask = '022'): Promise<ImageTree> => {
  const path = mkdtempSync(join(folder, 'image-'));
  const command = ['-c', `umask ${umask} && exec "$0" "$@"`, process.execPath, ...recipe(), path];
  const { stdout } = await promisify(execFile)('sh', command, { cwd: root });
  return { ...(JSON.parse(stdout) as Sealed), path };
};

/** What Docker would be sent: the files that .dockerignore lets through, with the packages installed beside them. */
export const dockerContext = (): string => {
  const context = mkdtempSync(join(tmpdir(), 'shardline-context-'));
  const lines = readFileSync(join(packageRoot(), '.dockerignore'), 'utf8').split('\n');
  const [everything, ...kept] = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (everything !== '*' || kept.some((line) => !/^![\w./-]+$/.test(line)))
    throw new Error('.dockerignore shall shut everything out and name what is let in');
  for (const line of kept)
    cpSync(join(packageRoot(), line.slice(1)), join(context, line.slice(1)), { recursive: true });
  symlinkSync(join(packageRoot(), 'node_modules'), join(context, 'node_modules'));
  return context;
};
