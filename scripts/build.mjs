// Usage: node scripts/build.mjs [FOLDER]
// Compiles the sources into FOLDER; without one makes `dist` for the package anew: npm runs it before it packs.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { tether } from '../bin/tether.js';

tether();
const root = fileURLToPath(new URL('..', import.meta.url));
const [into] = process.argv.slice(2);
if (into === undefined) rmSync(join(root, 'dist'), { recursive: true, force: true });
const args = ['-p', 'tsconfig.build.json', ...(into === undefined ? [] : ['--outDir', into])];
const result = spawnSync('tsc', args, { cwd: root, stdio: ['ignore', 2, 2] });
process.exitCode = result.status ?? 1;
