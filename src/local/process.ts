import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Clock } from '../core/clock.ts';
import { describe } from '../core/errors.ts';

/** How a child ended, in words for a message: `exit code 1`, `signal SIGKILL`. */
export type Ending = string;

export interface Child {
  readonly pid: number;
  /** Resolves when the child is gone; never rejects. */
  readonly ended: Promise<Ending>;
  /** True until it is gone. */
  alive(): boolean;
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL for what is left of it after `graceMs`. */
  stop(graceMs: number): Promise<Ending>;
  /** SIGKILL. */
  kill(): Promise<Ending>;
}

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Where its stderr goes, and its stdout unless `onLine` wants it. Appended to. */
  readonly logFile: string;
  readonly clock: Clock;
  /** Called with every line of stdout. */
  readonly onLine?: (line: string) => void;
}

const living = new Set<ChildProcess>();
let guarded = false;

const killGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
};

/** However this process ends by itself, its children end with it. (When it is killed, their stdin closes: see `startChild`.) */
const guard = (): void => {
  if (guarded) return;
  guarded = true;
  process.on('exit', () => {
    for (const child of living) killGroup(child, 'SIGKILL');
  });
};

const endOf = (child: ChildProcess): Promise<Ending> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve(describe(error)));
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });

/**
 * Starts a program that must not outlive this process. It gets a process group of its own, so that Ctrl-C in the
 * terminal reaches it only through us, in our order. Its stdin is a pipe that nothing is ever written to: it closes when
 * this process dies by whatever means, and our programs take that as their end (`Tether.java`, `bin/tether.js`).
 */
export const startChild = (options: ChildOptions): Child => {
  guard();
  const log = openSync(options.logFile, 'a');
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: { ...options.env },
    detached: true,
    stdio: ['pipe', options.onLine ? 'pipe' : log, log],
  });
  closeSync(log);
  living.add(child);
  child.stdin?.on('error', () => undefined);
  if (options.onLine && child.stdout) createInterface({ input: child.stdout }).on('line', options.onLine);
  let alive = true;
  const ended = endOf(child).then((ending) => {
    alive = false;
    living.delete(child);
    return ending;
  });
  return {
    pid: child.pid ?? -1,
    ended,
    alive: () => alive,
    signal: (name) => killGroup(child, name),
    kill: () => {
      killGroup(child, 'SIGKILL');
      return ended;
    },
    stop: async (graceMs) => {
      killGroup(child, 'SIGTERM');
      const over = new AbortController();
      const deadline = options.clock.sleep(graceMs, over.signal).then(() => killGroup(child, 'SIGKILL'));
      const ending = await ended;
      over.abort();
      await deadline;
      return ending;
    },
  };
};
