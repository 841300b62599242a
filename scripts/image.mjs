// Usage: node scripts/image.mjs FOLDER
// Makes the container image's content below FOLDER, without Docker, and prints what it comes to as JSON. The Dockerfile runs it.
import { resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { tether } from '../bin/tether.js';
import { makeTree } from './image/make.ts';

tether();
const [folder, ...more] = process.argv.slice(2);
if (folder === undefined || folder.startsWith('-') || more.length > 0) {
  process.stderr.write('Usage: node scripts/image.mjs FOLDER   (absent or empty)\n');
  process.exitCode = 2;
} else {
  try {
    const made = makeTree(fileURLToPath(new URL('..', import.meta.url)), resolve(folder));
    process.stdout.write(`${JSON.stringify(made)}\n`);
  } catch (error) {
    process.stderr.write(`the image's content cannot be made: ${error.message}\n`);
    process.exitCode = 1;
  }
}
