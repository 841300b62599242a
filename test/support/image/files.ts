import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Paths of everything below a folder that is no folder, in order. */
export const allFiles = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
