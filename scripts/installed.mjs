import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const stampFile = (root) => join(root, 'node_modules', '.shardline-installed');

const stamp = (root) =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

/** Whether `node_modules` was installed, to its end, from today's package-lock.json. */
export const isInstalled = (root) => {
  try {
    return readFileSync(stampFile(root), 'utf8') === stamp(root);
  } catch {
    return false;
  }
};

/** npm runs `prepare` last: what it leaves says that all before it succeeded, whoever called npm. */
export const markInstalled = (root) => writeFileSync(stampFile(root), stamp(root));
