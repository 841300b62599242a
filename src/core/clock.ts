import { setTimeout as delay } from 'node:timers/promises';

/** The only door to time: a manual clock takes its place in tests. */
export interface Clock {
  /** Monotonic milliseconds; only differences mean something. */
  now(): number;
  /** Wall time, for what people and other machines read. Never used to judge a lease. */
  wall(): Date;
  /** Resolves after `ms` milliseconds or as soon as the signal aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clock. Its timers keep the process alive: whoever sleeps must be stopped by its signal. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => new Date(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
  },
};

/** A source of randomness in [0, 1); seeded in tests. */
export type Random = () => number;

/** The machine's own randomness. */
export const systemRandom: Random = () => Math.random();
