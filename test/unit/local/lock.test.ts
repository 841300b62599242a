import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { isRunning, withLock } from '../../../src/local/lock.ts';
import type { Machine } from '../../../src/local/machine.ts';

let folder: string;
let said: string[];
let machine: Machine;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shardline-lock-'));
  said = [];
  machine = { env: {}, cache: folder, clock: systemClock, say: (line) => said.push(line) };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An id no process can have. */
const NOBODY = 2 ** 22 + 1;

test('two who want the same lock work one after the other, and the second is told why it waits', async () => {
  const file = join(folder, 'deep', 'lock');
  const events: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = withLock(machine, file, async () => {
    events.push('first begins');
    await gate.promise;
    events.push('first ends');
  });
  const second = withLock(machine, file, async () => void events.push('second'));
  await expect.poll(() => said.length).toBe(1);
  gate.resolve();
  await Promise.all([first, second]);
  expect(events).toEqual(['first begins', 'first ends', 'second']);
  expect(existsSync(file)).toBe(false);
});

test('the lock of a process that is gone, and one long not refreshed, are taken over', async () => {
  const file = join(folder, 'lock');
  writeFileSync(file, String(NOBODY));
  expect(await withLock(machine, file, async () => 'gone')).toBe('gone');
  writeFileSync(file, String(process.pid));
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(file, longAgo, longAgo);
  expect(await withLock(machine, file, async () => 'stale')).toBe('stale');
});

test('work that fails leaves the lock free', async () => {
  const file = join(folder, 'lock');
  await expect(withLock(machine, file, () => Promise.reject(new Error('no network')))).rejects.toThrow('no network');
  expect(existsSync(file)).toBe(false);
});

test('this process runs, an impossible one does not', () => {
  expect(isRunning(process.pid)).toBe(true);
  expect(isRunning(NOBODY)).toBe(false);
});
