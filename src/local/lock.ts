import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Machine } from './machine.ts';

/** A holder refreshes its lock this often … */
const BEAT_MS = 2_000;
/** … and one not refreshed for this long belongs to nobody (its process id may have been given to another by now). */
const STALE_MS = 30_000;

/** Whether a process of that id runs (one that is not ours to signal does, too). */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const isAbandoned = (file: string, nowMs: number): boolean => {
  try {
    if (nowMs - statSync(file).mtimeMs > STALE_MS) return true;
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    // Empty for the moment between its creation and its first write.
    return Number.isSafeInteger(pid) && !isRunning(pid);
  } catch {
    return false;
  }
};

const take = (file: string): boolean => {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
};

/**
 * Does `work` while no other process does, waiting for its turn. Spares double work only: what is made under it must
 * still appear by an atomic rename, since two waiters may both find the same lock abandoned.
 */
export const withLock = async <T>(machine: Machine, file: string, work: () => Promise<T>): Promise<T> => {
  mkdirSync(dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    if (isAbandoned(file, machine.clock.wall().getTime())) rmSync(file, { force: true });
    else {
      if (!told) machine.say('waiting for another download to finish …');
      told = true;
      await machine.clock.sleep(250);
    }
  }
  const done = new AbortController();
  const beats = beat(machine, file, done.signal);
  try {
    return await work();
  } finally {
    done.abort();
    await beats;
    rmSync(file, { force: true });
  }
};

const beat = async (machine: Machine, file: string, done: AbortSignal): Promise<void> => {
  while (!done.aborted) {
    await machine.clock.sleep(BEAT_MS, done);
    const now = machine.clock.wall();
    try {
      utimesSync(file, now, now);
    } catch {
      // Taken for abandoned by somebody: the work goes on, its rename decides.
    }
  }
};
