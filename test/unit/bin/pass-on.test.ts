import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { isRunning } from '../../../src/local/lock.ts';
import { until } from '../../support/until.ts';

const bin = (name: string): string => JSON.stringify(new URL(`../../../bin/${name}`, import.meta.url).href);

/** A program that tells its id and each signal, and ends with code 7 a moment after the first. */
const INNER = `
  import { tether } from ${bin('tether.js')};
  tether();
  let ending = false;
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => {
    console.log(name);
    if (!ending) setTimeout(() => process.exit(7), 300);
    ending = true;
  });
  console.log(process.pid, process.env.SHARDLINE_TETHER ?? 'clean');
  setInterval(() => {}, 1000);`;

const OUTER = `
  import { passOn } from ${bin('pass-on.js')};
  passOn(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(INNER)}], process.env);`;

let outer: ChildProcess;
const lines: string[] = [];
afterEach(() => {
  lines.length = 0;
  if (outer.exitCode === null && outer.signalCode === null) outer.kill('SIGKILL');
});

/** Starts both, the outer one as the leader of a group, as a shell would; returns the id of the inner one. */
const start = async (): Promise<number> => {
  outer = spawn(process.execPath, ['--input-type=module', '-e', OUTER], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  if (outer.stdout) createInterface({ input: outer.stdout }).on('line', (line) => lines.push(line));
  await until(() => lines.length > 0);
  const [pid, tether] = (lines.shift() ?? '').split(' ');
  expect(tether).toBe('clean');
  return Number(pid);
};

const groupOf = (child: ChildProcess): number => -(child.pid ?? Number.NaN);

test.for(['SIGINT', 'SIGTERM'] as const)(
  '%s to the outer process reaches the inner one once; its exit code comes back',
  async (signal) => {
    await start();
    outer.kill(signal);
    expect(await once(outer, 'exit')).toEqual([7, null]);
    expect(lines).toEqual([signal]);
  },
);

test('Ctrl-C in a terminal, to the whole group and once more from npm, reaches the inner one once', async () => {
  await start();
  process.kill(groupOf(outer), 'SIGINT');
  outer.kill('SIGINT');
  expect(await once(outer, 'exit')).toEqual([7, null]);
  expect(lines).toEqual(['SIGINT']);
});

test('an inner process that was killed is told by the same signal', async () => {
  process.kill(await start(), 'SIGKILL');
  expect(await once(outer, 'exit')).toEqual([null, 'SIGKILL']);
});

test('when the outer process is killed, the inner one ends', async () => {
  const inner = await start();
  outer.kill('SIGKILL');
  await until(() => !isRunning(inner));
});
