import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { cacheFolder, packageRoot } from '../../../src/local/machine.ts';
import { runFolder } from '../../../src/local/run-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shardline-machine-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a checkout keeps its downloads inside itself', () => {
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'main.ts'), '');
  expect(cacheFolder(folder, { XDG_CACHE_HOME: '/somewhere' })).toBe(join(folder, '.cache'));
  expect(cacheFolder(packageRoot(), {})).toBe(join(packageRoot(), '.cache'));
});

test('an installed package keeps them in the user’s cache folder', () => {
  expect(cacheFolder(folder, { XDG_CACHE_HOME: '/somewhere', HOME: '/home/u' })).toBe('/somewhere/shardline');
  expect(cacheFolder(folder, { HOME: '/home/u' })).toMatch(/^\/home\/u\/(\.cache|Library\/Caches)\/shardline$/);
});

test('a run folder is fresh; those of processes that are gone go, those of living ones stay', () => {
  const machine = { env: {}, cache: folder, clock: systemClock, say: () => undefined };
  mkdirSync(join(folder, 'run', `${2 ** 22 + 1}-demo-x`), { recursive: true });
  mkdirSync(join(folder, 'run', `${process.ppid}-demo-y`));
  const one = runFolder(machine, 'demo');
  const other = runFolder(machine, 'demo');
  expect(one).not.toBe(other);
  expect(
    readdirSync(join(folder, 'run'))
      .map((name) => join(folder, 'run', name))
      .sort(),
  ).toEqual([one, other, join(folder, 'run', `${process.ppid}-demo-y`)].sort());
});
