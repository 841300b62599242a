import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'shardline-node-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What the plain JavaScript says of a package at `folder`. */
const findNode = (folder: string): string => {
  const source = new URL('../../../bin/newer-node.js', import.meta.url).href;
  const program = `import { findNode } from ${JSON.stringify(source)}; console.log(findNode(${JSON.stringify(folder)}) ?? 'none')`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }).trim();
};

const installNode = (folder: string, version: string, whole = true): string => {
  const home = join(folder, 'node_modules', 'node');
  mkdirSync(join(home, 'bin'), { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'node', version }));
  const node = join(home, 'bin', 'node');
  if (whole) writeFileSync(node, '#!/bin/sh\n');
  if (whole) chmodSync(node, 0o755);
  return node;
};

test('a newer Node in the package’s own node_modules, or beside the package, is found', () => {
  const inside = join(root, 'checkout');
  const node = installNode(inside, '24.21.0');
  expect(findNode(inside)).toBe(node);
  const installed = join(root, 'app', 'node_modules', 'shardline');
  mkdirSync(installed, { recursive: true });
  const beside = installNode(join(root, 'app'), '26.1.0');
  expect(findNode(installed)).toBe(beside);
});

test('one that is too old, one whose installation was broken off, and none are not', () => {
  installNode(join(root, 'old'), '22.9.0');
  installNode(join(root, 'half'), '24.21.0', false);
  mkdirSync(join(root, 'none'));
  expect(['old', 'half', 'none'].map((name) => findNode(join(root, name)))).toEqual(['none', 'none', 'none']);
});
