import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Machine, packageRoot } from '../src/local/machine.ts';

/** A rival that stands beside the project; what it needs is built in the project's cache, never in its own folder. */
export interface Peer {
  readonly folder: string;
  /** Where it is built: a folder named after what it is made of. */
  built(machine: Machine): string;
}

/** Where a peer is looked for. */
export const peerPlace = (name: string): string => join(packageRoot(), '..', 'shared', 'peers', name);

/** The peer made of `files`; undefined where one of them does not stand beside the project. */
export const findPeer = (name: string, files: readonly string[]): Peer | undefined => {
  const folder = peerPlace(name);
  const paths = files.map((file) => join(folder, file));
  if (!paths.every(existsSync)) return undefined;
  return {
    folder,
    built: (machine) => {
      const hash = createHash('sha256');
      for (const path of paths) hash.update(readFileSync(path));
      const built = join(machine.cache, 'bench', `${name}-${hash.digest('hex').slice(0, 12)}`);
      mkdirSync(built, { recursive: true });
      return built;
    },
  };
};
