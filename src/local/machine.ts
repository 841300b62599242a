import { existsSync } from 'node:fs';
import { homedir, platform } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '../core/clock.ts';

/** Told, one line each, what the local parts are doing: a download of a minute should not look like a hang. */
export type Progress = (line: string) => void;

/** What the local parts need to know of the machine they run on. */
export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The folder for downloads and for the folders of running parts. */
  readonly cache: string;
  readonly clock: Clock;
  readonly say: Progress;
}

/** The package's own folder: the checkout, or where npm has installed it. Sources and `dist` are equally deep below it. */
export const packageRoot = (): string => fileURLToPath(new URL('../..', import.meta.url));

/** `.cache` inside a checkout; the user's own cache folder for an installed package, whose folder may not be writable. */
export const cacheFolder = (root: string, env: Machine['env']): string => {
  if (existsSync(join(root, 'src', 'main.ts')) || existsSync(join(root, '.git'))) return join(root, '.cache');
  if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, 'shardline');
  return join(env.HOME ?? homedir(), platform() === 'darwin' ? 'Library/Caches' : '.cache', 'shardline');
};

/** This machine, as its environment describes it. */
export const localMachine = (env: Machine['env'], say: Progress, clock: Clock = systemClock): Machine => ({
  env,
  cache: cacheFolder(packageRoot(), env),
  clock,
  say,
});
