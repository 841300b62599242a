#!/usr/bin/env node
// Plain JavaScript that Node 20 understands: its first task is to notice that the Node it runs on is too old.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { join, sep } from 'node:path';
import process, { env } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { allocation, collectSooner, startAnew, youngGeneration } from './heap.js';
import { findNode, OLDEST_MAJOR, runningMajor } from './newer-node.js';
import { passOn } from './pass-on.js';
import { tether } from './tether.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Sources run as they are in a checkout; Node strips no types below node_modules, where `dist` stands instead. What was
 * stripped and compiled once is kept, in a folder that nobody else writes to.
 */
const entry = () => {
  const source = join(root, 'src', 'main.ts');
  if (!existsSync(source) || root.includes(`${sep}node_modules${sep}`)) return join(root, 'dist', 'main.js');
  module.enableCompileCache(join(root, '.cache', 'compiled'));
  return source;
};

const isWorker = process.argv[2] === 'run';
// biome-ignore lint/style/noProcessEnv: Node's own variable, not one of ours.
const nodeArgs = isWorker ? youngGeneration(process.execArgv, env.NODE_OPTIONS) : [];
const variables = isWorker ? allocation(env) : {};

if (runningMajor() >= OLDEST_MAJOR) {
  startAnew(nodeArgs, variables);
  if (isWorker) collectSooner();
  tether();
  await import(pathToFileURL(entry()).href);
} else {
  const node = findNode(root);
  if (node)
    passOn(node, [...nodeArgs, fileURLToPath(import.meta.url), ...process.argv.slice(2)], { ...env, ...variables });
  else {
    process.stderr.write(
      `shardline needs Node ${OLDEST_MAJOR} or newer, this is ${process.version} and no newer one stands beside it: install Node ${OLDEST_MAJOR} (https://nodejs.org) or "npm install node@${OLDEST_MAJOR}"; in a checkout run "npm ci".\n`,
    );
    process.exitCode = 2;
  }
}
