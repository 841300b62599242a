import { type Load, loadOf, type Sample } from './load.ts';

const EVERY_MS = 5_000;
const WINDOW_MS = 60_000;

/** Keeps the samples of the last minute, a dozen or so. */
export const openMeter = () => {
  let samples: readonly Sample[] = [];
  return {
    /** Takes one more sample when it is time to. */
    take(nowMs: number, look: () => Sample): void {
      const last = samples.at(-1);
      if (last && nowMs - last.atMs < EVERY_MS) return;
      samples = [...samples.filter(({ atMs }) => nowMs - atMs <= WINDOW_MS), look()];
    },
    /** Undefined while too little is known. */
    load: (): Load | undefined => loadOf(samples),
  };
};
