import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from './lock.ts';
import type { Machine } from './machine.ts';

/** Removes what runs left behind whose process is gone. */
const sweep = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    const pid = Number.parseInt(name, 10);
    if (Number.isSafeInteger(pid) && !isRunning(pid)) rmSync(join(folder, name), { recursive: true, force: true });
  }
};

/** A fresh folder of this process for one running part; those of processes that are gone are removed. */
export const runFolder = (machine: Machine, name: string): string => {
  const runs = join(machine.cache, 'run');
  mkdirSync(runs, { recursive: true });
  sweep(runs);
  return mkdtempSync(join(runs, `${process.pid}-${name}-`));
};
