import type { Clock } from '../../../src/core/clock.ts';

/** A clock for simulations: it costs little and wakes one sleeper at a time, always in the same order. */
export interface SimulationClock extends Clock {
  /** Moves time on, waking sleepers in their order and letting what they wake run to its next sleep. */
  run(ms: number): Promise<void>;
}

interface Sleeper {
  readonly atMs: number;
  readonly order: number;
  wake: (() => void) | undefined;
}

/** Ticks come after all promises that can go on: nothing that is simulated waits for anything but promises and us. */
const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

const before = (a: Sleeper, b: Sleeper): boolean => (a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs);

/** The earliest sleeper first. */
const openHeap = () => {
  const heap: Sleeper[] = [];
  const swap = (a: number, b: number) => {
    const [one, other] = [heap[a], heap[b]];
    if (one && other) [heap[a], heap[b]] = [other, one];
  };
  const isBefore = (a: number, b: number): boolean => {
    const [one, other] = [heap[a], heap[b]];
    return one !== undefined && other !== undefined && before(one, other);
  };
  return {
    first: () => heap[0],
    push: (sleeper: Sleeper) => {
      let at = heap.push(sleeper) - 1;
      for (let parent = (at - 1) >> 1; at > 0 && isBefore(at, parent); parent = (at - 1) >> 1) {
        swap(at, parent);
        at = parent;
      }
    },
    pop: () => {
      swap(0, heap.length - 1);
      heap.pop();
      for (let at = 0; ; ) {
        const left = 2 * at + 1;
        const least = isBefore(left + 1, left) ? left + 1 : left;
        if (!isBefore(least, at)) return;
        swap(at, least);
        at = least;
      }
    },
  };
};

export const simulationClock = (): SimulationClock => {
  const heap = openHeap();
  const wallStartMs = Date.UTC(2026, 0, 2, 3);
  let nowMs = 0;
  let order = 0;
  return {
    now: () => nowMs,
    wall: () => new Date(wallStartMs + nowMs),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        order += 1;
        const sleeper: Sleeper = { atMs: nowMs + Math.max(0, ms), order, wake: undefined };
        const wake = () => {
          sleeper.wake = undefined;
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        sleeper.wake = wake;
        heap.push(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    async run(ms) {
      const end = nowMs + ms;
      await turn();
      for (let next = heap.first(); next && next.atMs <= end; next = heap.first()) {
        heap.pop();
        if (!next.wake) continue;
        nowMs = next.atMs;
        next.wake();
        await turn();
      }
      nowMs = end;
    },
  };
};
