import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { isRunning } from '../../../src/local/lock.ts';
import { startChild } from '../../../src/local/process.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shardline-process-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A Node program whose stdout lines are collected. */
const start = (program: string) => {
  const lines: string[] = [];
  const child = startChild({
    command: process.execPath,
    args: ['-e', program],
    env: {},
    clock: systemClock,
    logFile: join(folder, 'log'),
    onLine: (line) => lines.push(line),
  });
  return { child, lines };
};

test('lines of stdout are told, stderr is in the log, the ending says how', async () => {
  const { child, lines } = start('console.log("one\\ntwo"); console.error("oops"); process.exitCode = 3');
  expect(await child.ended).toBe('exit code 3');
  expect(child.alive()).toBe(false);
  await expect.poll(() => lines).toEqual(['one', 'two']);
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('oops\n');
});

test('stop lets a program end by itself', async () => {
  const { child, lines } = start(
    'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 99); console.log("up")',
  );
  await expect.poll(() => lines).toEqual(['up']);
  expect(child.alive()).toBe(true);
  expect(await child.stop(20_000)).toBe('exit code 0');
});

test('stop kills what does not end in time, and the programs it started', async () => {
  const { child, lines } = start(`
    process.on("SIGTERM", () => {});
    const grandchild = require("node:child_process").spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 99)"], { stdio: "ignore" });
    console.log(grandchild.pid);
    setInterval(() => {}, 99)`);
  await expect.poll(() => lines.length).toBe(1);
  expect(await child.stop(10)).toBe('signal SIGKILL');
  await expect.poll(() => isRunning(Number(lines[0])), { timeout: 10_000 }).toBe(false);
});

test('a program that is not there ends at once, with the reason', async () => {
  const options = {
    command: join(folder, 'nothing'),
    args: [],
    env: {},
    clock: systemClock,
    logFile: join(folder, 'log'),
  };
  expect(await startChild(options).ended).toContain('ENOENT');
});

test('a program tied to its stdin ends when its parent is killed', async () => {
  const parent = `
    import { startChild } from ${JSON.stringify(new URL('../../../src/local/process.ts', import.meta.url).href)};
    import { systemClock } from ${JSON.stringify(new URL('../../../src/core/clock.ts', import.meta.url).href)};
    const child = startChild({ command: process.execPath, args: ['-e', 'process.stdin.resume(); process.stdin.on("end", () => process.exit(1)); setInterval(() => {}, 99)'],
      env: {}, clock: systemClock, logFile: ${JSON.stringify(join(folder, 'inner'))} });
    console.log(child.pid);`;
  const { child, lines } = start(
    `import("node:module"); import("data:text/javascript," + encodeURIComponent(${JSON.stringify(parent)}))`,
  );
  await expect.poll(() => lines.length, { timeout: 5_000 }).toBe(1);
  expect(isRunning(Number(lines[0]))).toBe(true);
  // Only the parent, not its group, as the kernel would when memory is short.
  process.kill(child.pid, 'SIGKILL');
  await expect.poll(() => isRunning(Number(lines[0])), { timeout: 5_000 }).toBe(false);
});
