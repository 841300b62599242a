// Usage: node load-all.mjs ROOT PATH…
// Imports each package or file of a folder, and prints those that cannot be imported, as JSON.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [root = '.', ...paths] = process.argv.slice(2);
const from = createRequire(join(root, 'package.json'));
const failed = [];
for (const path of paths) {
  try {
    await import(pathToFileURL(path.endsWith('.js') ? join(root, path) : from.resolve(join(root, path))).href);
  } catch (error) {
    failed.push(`${path}: ${error.code ?? error.message}`);
  }
}
process.stdout.write(JSON.stringify(failed));
process.exit();
