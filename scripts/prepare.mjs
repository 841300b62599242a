// npm runs this at the end of `npm ci` and `npm install` in a checkout.
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { markInstalled } from './installed.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const bin = join(root, 'node_modules', '.bin');

// npm links the commands of a package's dependencies, not its own: in a checkout `shardline` would be unknown.
if (existsSync(join(root, 'node_modules')) && existsSync(join(root, 'package-lock.json'))) {
  mkdirSync(bin, { recursive: true });
  rmSync(join(bin, 'shardline'), { force: true });
  symlinkSync('../../bin/shardline.js', join(bin, 'shardline'));
  markInstalled(root);
}
