import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  type Dirent,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

/** What a tree comes to. */
export interface Sealed {
  readonly files: number;
  readonly bytes: number;
  /** SHA-256 over every path with its kind, mode and contents, in order: equal digests, equal trees. */
  readonly digest: string;
}

/** The time that npm gives files of its packages: a layer must not differ by when it was made. */
const MADE = new Date('1985-10-26T08:15:00Z');

const byName = (a: Dirent, b: Dirent): number => (a.name < b.name ? -1 : 1);

/** Paths of the files below a folder, in order; what is nested in `node_modules` is a package of its own. */
export const filesBelow = (folder: string, prefix = ''): readonly string[] =>
  readdirSync(join(folder, prefix), { withFileTypes: true })
    .sort(byName)
    .flatMap((entry) => {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : filesBelow(folder, path);
      return entry.isFile() ? [path] : [];
    });

/** Copies files by their paths from one folder into another. */
export const copyFiles = (from: string, to: string, paths: readonly string[]): void => {
  for (const path of paths) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    copyFileSync(join(from, path), join(to, path));
  }
};

/**
 * Gives everything below a folder one time and the plainest mode there is, whatever umask and checkout left: 0755 for
 * folders and for files that start with `#!`, 0644 for the others. Throws for what is neither file nor folder.
 */
export const seal = (root: string): Sealed => {
  const hash = createHash('sha256');
  const sum = { files: 0, bytes: 0 };
  const file = (path: string): void => {
    const content = readFileSync(join(root, path));
    const mode = content.subarray(0, 2).toString() === '#!' ? 0o755 : 0o644;
    chmodSync(join(root, path), mode);
    utimesSync(join(root, path), MADE, MADE);
    hash.update(`${path}\0${mode.toString(8)}\0${content.length}\0`).update(content);
    sum.files += 1;
    sum.bytes += content.length;
  };
  const folder = (path: string): void => {
    hash.update(`${path}/\0`);
    for (const entry of readdirSync(join(root, path), { withFileTypes: true }).sort(byName)) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) folder(inner);
      else if (entry.isFile()) file(inner);
      else throw new Error(`${join(root, inner)} is neither a file nor a folder: it has no place in the image`);
    }
    chmodSync(join(root, path), 0o755);
    lutimesSync(join(root, path), MADE, MADE);
  };
  folder('');
  return { ...sum, digest: `sha256:${hash.digest('hex')}` };
};
