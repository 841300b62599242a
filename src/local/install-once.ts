import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ShardlineError } from '../core/errors.ts';
import { withLock } from './lock.ts';
import type { Machine } from './machine.ts';
import { startChild } from './process.ts';
import { tail } from './server.ts';

/** While something takes long, it says every so often that it is still at it. */
const SAY_EVERY_MS = 30_000;

/** The error for a program that must be there already, or a folder that cannot be made. */
export const missing = (message: string): ShardlineError => new ShardlineError('SHARDLINE_LOCAL_TOOL_MISSING', message);

export interface Step {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Machine['env'];
  /** Its working directory, where its output is kept too. */
  readonly work: string;
  /** What could not be done, and after the output's end what to do. */
  readonly failed: { readonly what: string; readonly hint: string };
  /** Named in the lines that say it is still at it. */
  readonly doing: string;
}

const sayStill = async ({ say, clock }: Machine, doing: string, done: AbortSignal): Promise<void> => {
  for (let ms = SAY_EVERY_MS; ; ms += SAY_EVERY_MS) {
    await clock.sleep(SAY_EVERY_MS, done);
    if (done.aborted) return;
    say(`still ${doing} after ${ms / 1_000} s …`);
  }
};

/** Runs one step of an installation to its end; rejects with the end of what it said when it fails. */
export const runStep = async (machine: Machine, step: Step): Promise<void> => {
  const { command, args, env, work } = step;
  const logFile = join(work, 'install.log');
  const done = new AbortController();
  const still = sayStill(machine, step.doing, done.signal);
  const ending = await startChild({ command, args, cwd: work, env, clock: machine.clock, logFile }).ended;
  done.abort();
  await still;
  if (ending === 'exit code 0') return;
  throw missing(`${step.failed.what} (${ending}):\n${tail(logFile, 10)}\n${step.failed.hint}`);
};

export interface Installation {
  readonly name: string;
  /** Tells one content from another: a version, or a hash of what it is made from. */
  readonly key: string;
  /** Fills the folder that it is given; what is left there when it resolves is what is installed. */
  make(work: string): Promise<void>;
}

/**
 * The folder of something installed once below the cache, without root. Each has a lock of its own, so that a build of
 * minutes holds up nobody who needs something else.
 */
export const installOnce = async (machine: Machine, { name, key, make }: Installation): Promise<string> => {
  const tools = join(machine.cache, 'tools');
  const system = `${process.platform}-${process.arch}`;
  const folder = join(tools, `${name}-${key}-${system}`);
  if (existsSync(folder)) return folder;
  await withLock(machine, join(tools, `${name}.lock`), async () => {
    if (existsSync(folder)) return;
    // Under the lock nobody else is at it: what is unfinished was left by a run that was broken off.
    // Its lock is not that of others whose names begin the same (spark, spark-jars).
    const unfinished = new RegExp(`^${name}-[^-]+-${system}\\.\\d+\\.part$`);
    for (const left of readdirSync(tools))
      if (unfinished.test(left)) rmSync(join(tools, left), { recursive: true, force: true });
    const work = `${folder}.${process.pid}.part`;
    mkdirSync(work);
    try {
      await make(work);
      if (!existsSync(folder)) renameSync(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return folder;
};
