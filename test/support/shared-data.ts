import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');

/** One of the public test files beside the project; undefined where the project stands alone. */
export const sharedFile = (path: string): Buffer | undefined => {
  const file = join(FOLDER, path);
  return existsSync(file) ? readFileSync(file) : undefined;
};

/** The public test files below one of the folders beside the project; none where the project stands alone. */
export const sharedFiles = (folder: string, suffix = '.json'): { readonly name: string; readonly bytes: Buffer }[] => {
  const root = join(FOLDER, folder);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(root, name)) }));
};
