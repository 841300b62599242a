import type { Machine } from '../machine.ts';
import { addCounts, type Counts } from './counts.ts';
import { startWorker, untilReady, type Worker, workerFailure } from './worker.ts';

/** The demo's workers, as one. */
export interface Fleet {
  readonly workers: readonly Worker[];
  /** The counts of all, also of those that are gone: the last ones known. */
  counts(): Promise<Counts>;
  /** Why it is not ready, in the words of the first that still answers. */
  readiness(): Promise<string>;
  /** Tells of each that has ended since the last call; rejects when none is left, or one is gone that must not. */
  missing(tell: (line: string) => void): Promise<void>;
  /** Ends all in order; how those ended that did not end well. */
  stop(graceMs: number): Promise<readonly { readonly worker: Worker; readonly ending: string }[]>;
  kill(): Promise<void>;
}

/** Starts workers, each a process of its own. `all`: none of them may end before it is told to. */
export const startFleet = async (
  machine: Machine,
  environment: Readonly<Record<string, string>>,
  options: { readonly folder: string; readonly count: number; readonly all: boolean },
): Promise<Fleet> => {
  const { folder, count, all } = options;
  const workers: Worker[] = [];
  for (let n = 1; n <= count; n += 1) workers.push(await startWorker(machine, environment, folder, n));
  const told = new Set<Worker>();
  const alive = () => workers.filter(({ child }) => child.alive());
  return {
    workers,
    counts: async () => addCounts(await Promise.all(workers.map((worker) => worker.counts()))),
    readiness: async () => (await alive()[0]?.readiness()) ?? 'no worker is left',
    missing: async (tell) => {
      for (const worker of workers) {
        if (worker.child.alive() || told.has(worker)) continue;
        told.add(worker);
        const ending = await worker.child.ended;
        if (all || alive().length === 0)
          throw workerFailure(`worker ${worker.number} ended (${ending})`, worker.logFile);
        tell(
          `worker ${worker.number} has ended (${ending}); its shards go to the others when its leases expire, after 10 s`,
        );
      }
    },
    stop: async (graceMs) => {
      const running = alive();
      const endings = await Promise.all(
        running.map(async (worker) => ({ worker, ending: await worker.child.stop(graceMs) })),
      );
      return endings.filter(({ ending }) => ending !== 'exit code 0');
    },
    kill: async () => {
      await Promise.all(workers.map(({ child }) => child.kill()));
    },
  };
};

/** Waits until every worker is ready. */
export const untilAllReady = async (machine: Machine, fleet: Fleet, signal: AbortSignal): Promise<void> => {
  await Promise.all(fleet.workers.map((worker) => untilReady(machine, worker, signal)));
};
