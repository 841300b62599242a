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
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal?.addEventListener('abort', end, { once: true });
    }),
};

/** A source of randomness in [0, 1); seeded in tests. */
export type Random = () => number;

/** The machine's own randomness. */
export const systemRandom: Random = () => Math.random();
