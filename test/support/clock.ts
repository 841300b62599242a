import type { Clock } from '../../src/core/clock.ts';
import { mulberry32 } from '../../src/local/events/dice.ts';

export interface ManualClock extends Clock {
  /** Moves time on, waking sleepers in their order and letting what they wake run before the next. */
  tick(ms: number): Promise<void>;
  /** How many sleeps are pending. */
  sleepers(): number;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A clock that only moves when told to. */
export const manualClock = (startMs = 1_000_000, wallStartMs = Date.UTC(2026, 0, 2, 3, 4, 5)): ManualClock => {
  let nowMs = startMs;
  const pending = new Set<{ readonly atMs: number; readonly wake: () => void }>();
  return {
    now: () => nowMs,
    wall: () => new Date(wallStartMs + nowMs - startMs),
    sleepers: () => pending.size,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const sleeper = { atMs: nowMs + ms, wake: () => {} };
        const done = () => {
          pending.delete(sleeper);
          signal?.removeEventListener('abort', done);
          resolve();
        };
        sleeper.wake = done;
        pending.add(sleeper);
        signal?.addEventListener('abort', done, { once: true });
      }),
    async tick(ms) {
      const end = nowMs + ms;
      await turn();
      for (;;) {
        const next = [...pending].filter((s) => s.atMs <= end).sort((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        nowMs = Math.max(nowMs, next.atMs);
        next.wake();
        await turn();
        await turn();
      }
      nowMs = end;
      await turn();
    },
  };
};

/** Randomness that is the same in every run. */
export const seeded = mulberry32;
