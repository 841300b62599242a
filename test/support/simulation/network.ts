import type { Clock, Random } from '../../../src/core/clock.ts';
import type { LeaseListing, LeaseStore } from '../../../src/lease/store.ts';
import { eachCall } from '../faulty-lease-store.ts';

/** How bad things are at present, for all workers. */
export interface Weather {
  /** Of a hundred calls so many fail in some way. */
  faults: number;
  /** By how much the ways of requests and answers are slower than on a clear day. */
  slow: number;
  /** Nothing is answered before this time. */
  tableDownUntilMs: number;
  sinkDownUntilMs: number;
}

/** A worker's clock: whatever wakes from it stands still while the process is frozen. */
export interface Gate extends Clock {
  readonly frozen: boolean;
  freeze(): void;
  thaw(): void;
}

/** What waited goes on one after another, in any order: timers and answers that came meanwhile have none either. */
export const openGate = (clock: Clock, random: Random): Gate => {
  let waiting: (() => void)[] | undefined;
  return {
    now: clock.now,
    wall: clock.wall,
    sleep: async (ms, signal) => {
      await clock.sleep(ms, signal);
      while (waiting) await new Promise<void>((resolve) => waiting?.push(resolve));
    },
    get frozen() {
      return waiting !== undefined;
    },
    freeze: () => {
      waiting ??= [];
    },
    thaw: () => {
      const woken = waiting ?? [];
      waiting = undefined;
      while (woken.length > 0) {
        const [next] = woken.splice(Math.floor(random() * woken.length), 1);
        void clock.sleep(0).then(next);
      }
    },
  };
};

export interface NetworkOptions {
  readonly clock: Clock;
  readonly gate: Gate;
  readonly random: Random;
  readonly weather: Weather;
  /** The longest way of a request or an answer on a clear day, milliseconds. */
  readonly wayMs: number;
}

const TIMEOUT_MS = 600;
const STRAYS_MS = 9_000;

/** A call under way arrives although its sender is frozen or gave up waiting; its answer waits for him. */
export const far = async <T>(
  { clock, gate, random, weather, wayMs }: NetworkOptions,
  isDown: () => boolean,
  call: () => Promise<T>,
): Promise<T> => {
  const fate = random() * 100 < weather.faults ? Math.floor(random() * 4) : undefined;
  if (fate === 0) {
    // It strays, and arrives when nobody expects it any more.
    void clock
      .sleep(random() * STRAYS_MS)
      .then(call)
      .catch(() => undefined);
    await gate.sleep(TIMEOUT_MS);
    throw new Error('no answer in time');
  }
  await clock.sleep(random() * wayMs * weather.slow);
  if (isDown() || fate === 1) {
    await gate.sleep(random() * wayMs * weather.slow);
    throw new Error('throttled');
  }
  const answer = await call();
  await gate.sleep(random() * wayMs * weather.slow);
  if (fate === 2) throw new Error('the answer was lost');
  return fate === 3 ? call() : answer;
};

/** The lease table as one worker reaches it; a scan may be as old as the one before. */
export const farTable = (table: LeaseStore, options: NetworkOptions, isDown: () => boolean): LeaseStore => {
  let last: LeaseListing | undefined;
  const over = <T>(_: string, call: () => Promise<T>) => far(options, isDown, call);
  return {
    ...eachCall(table, over),
    list: (signal) =>
      over('list', async () => {
        const before = last;
        last = await table.list(signal);
        return before && options.random() * 500 < options.weather.faults ? before : last;
      }),
  };
};
