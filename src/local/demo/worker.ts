import { join } from 'node:path';
import { describe, ShardlineError } from '../../core/errors.ts';
import { type Machine, packageRoot } from '../machine.ts';
import { freePort } from '../ports.ts';
import { type Child, startChild } from '../process.ts';
import { tail } from '../server.ts';
import { type Counts, noCounts, parseCounts } from './counts.ts';
import { cleanEnvironment } from './environment.ts';

/** A `shardline run` of its own process. */
export interface Worker {
  /** From 1. */
  readonly number: number;
  readonly child: Child;
  readonly url: string;
  readonly logFile: string;
  /** The counts as of now; the last known ones while it does not answer. */
  counts(): Promise<Counts>;
  /** Why it is not ready, in its own words. */
  readiness(): Promise<string>;
}

const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 100;
const ANSWER_WITHIN_MS = 5_000;
/** Ctrl-C ends a demo within ten seconds: what is in hand gets most of them. */
const SHUTDOWN_TIMEOUT = '6s';

const ask = async (url: string): Promise<{ readonly ok: boolean; readonly text: string }> => {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return { ok: answer.ok, text: await answer.text() };
  } catch (error) {
    return { ok: false, text: describe(error) };
  }
};

/** What went wrong with a worker, with the end of its log. */
export const workerFailure = (what: string, logFile: string): ShardlineError =>
  new ShardlineError('SHARDLINE_LOCAL_START_FAILED', `${what}. The end of its log ${logFile}:\n${tail(logFile, 5)}`);

/** Starts a worker as a user would, configured by its environment alone. */
export const startWorker = async (
  machine: Machine,
  environment: Readonly<Record<string, string>>,
  folder: string,
  number: number,
): Promise<Worker> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logFile = join(folder, `worker-${number}.log`);
  const child = startChild({
    command: process.execPath,
    args: [join(packageRoot(), 'bin', 'shardline.js'), 'run'],
    env: {
      ...cleanEnvironment(machine.env),
      ...environment,
      SHARDLINE_HTTP_PORT: String(port),
      SHARDLINE_SHUTDOWN_TIMEOUT: SHUTDOWN_TIMEOUT,
      SHARDLINE_TETHER: 'stdin',
    },
    cwd: folder,
    clock: machine.clock,
    logFile,
  });
  let last = noCounts;
  return {
    number,
    child,
    url,
    logFile,
    counts: async () => {
      const { ok, text } = await ask(`${url}/metrics`);
      if (ok) last = parseCounts(text);
      return last;
    },
    readiness: async () => (await ask(`${url}/readyz`)).text,
  };
};

/** Waits until the worker says it is ready; rejects with its log when it ends, or its reasons when that takes too long. */
export const untilReady = async (machine: Machine, worker: Worker, signal: AbortSignal): Promise<void> => {
  const deadlineMs = machine.clock.now() + READY_WITHIN_MS;
  while (!signal.aborted) {
    const { ok, text } = await ask(`${worker.url}/readyz`);
    if (ok) return;
    if (!worker.child.alive()) throw workerFailure('the worker ended before it was ready', worker.logFile);
    if (machine.clock.now() > deadlineMs)
      throw workerFailure(`the worker is not ready after ${READY_WITHIN_MS} ms (${text})`, worker.logFile);
    await machine.clock.sleep(ASK_EVERY_MS, signal);
  }
};
