import { constants } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { describe } from '../core/errors.ts';

/** What can be said of a folder for letters without making it. */
export interface Folder {
  readonly directory: string;
  readonly exists: boolean;
  readonly trouble: string | undefined;
  /** The file system's magic number; undefined where the system does not tell. */
  readonly fileSystem: number | undefined;
  readonly availableBytes: number | undefined;
}

/** The folder, or the nearest one above it that is there. */
const nearest = async (path: string): Promise<string> => {
  try {
    await stat(path);
    return path;
  } catch {
    const above = dirname(path);
    return above === path ? path : nearest(above);
  }
};

export const lookAtFolder = async (directory: string, cwd: string): Promise<Folder> => {
  const path = resolve(cwd, directory);
  const there = await nearest(path);
  const exists = there === path;
  const trouble = async () => {
    try {
      if (!(await stat(there)).isDirectory()) return `${there} is no folder`;
      await access(there, constants.W_OK | constants.X_OK);
      return undefined;
    } catch (thrown) {
      return `the folder ${directory} cannot be ${exists ? 'written' : 'made'}: ${describe(thrown)}`;
    }
  };
  const disk = await statfs(there).catch(() => undefined);
  return {
    directory,
    exists,
    trouble: await trouble(),
    // The magic number means this on Linux only.
    fileSystem: process.platform === 'linux' ? disk?.type : undefined,
    availableBytes: disk && disk.bavail * disk.bsize,
  };
};
