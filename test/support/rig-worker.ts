import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/core/clock.ts';
import { packageRoot } from '../../src/local/machine.ts';
import { type Child, startChild } from '../../src/local/process.ts';
import { until } from './until.ts';

/** A worker as a process of its own, as a user starts it. */
export interface RigWorker {
  readonly child: Child;
  /** Its HTTP address, once it is up. */
  url(): Promise<string>;
  readiness(): Promise<{ readonly status: number; readonly text: string }>;
  metric(name: string): Promise<number>;
  rssBytes(): number;
  log(): string;
}

/** What to ask of a worker whose output goes to that file. */
export const workerOf = (child: Child, logFile: string): RigWorker => {
  const log = () => readFileSync(logFile, 'utf8');
  const url = () =>
    until(() => {
      if (!child.alive()) throw new Error(`the worker has ended:\n${log().slice(-2_000)}`);
      return /"url":"([^"]+)"/.exec(log())?.[1];
    }, 30_000);
  return {
    child,
    log,
    url,
    readiness: async () => {
      const answer = await fetch(`${await url()}/readyz`);
      return { status: answer.status, text: await answer.text() };
    },
    metric: async (name) => {
      const text = await (await fetch(`${await url()}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    rssBytes: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
    },
  };
};

/** Starts a worker, configured by its environment alone. */
export const startWorker = (
  folder: string,
  number: number,
  environment: Readonly<Record<string, string>>,
): RigWorker => {
  const logFile = join(folder, `worker-${number}.log`);
  const child = startChild({
    command: process.execPath,
    args: [join(packageRoot(), 'bin', 'shardline.js'), 'run'],
    env: { ...process.env, ...environment, SHARDLINE_TETHER: 'stdin' },
    cwd: folder,
    logFile,
    clock: systemClock,
  });
  return workerOf(child, logFile);
};
