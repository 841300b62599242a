import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';

export interface RetentionOptions {
  /** Asks the stream how long it keeps records, milliseconds. */
  readonly ask: (signal: AbortSignal) => Promise<number>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Retention changes seldom, and only by hand. */
const EVERY_MS = 600_000;
const RETRY: BackoffPolicy = { firstMs: 5_000, maxMs: 60_000 };

/** Keeps in mind how long the stream keeps records, asking now and then until the signal aborts; never rejects. */
export const watchRetention = ({ ask, clock, random }: RetentionOptions, signal: AbortSignal) => {
  let retentionMs: number | undefined;
  const run = async (): Promise<void> => {
    for (let failures = 0; !signal.aborted; ) {
      try {
        retentionMs = await ask(signal);
        failures = 0;
      } catch {
        // Whatever ails Kinesis, its probe tells; what was known last stays good.
        failures += 1;
      }
      await clock.sleep(failures > 0 ? backoffMs(failures - 1, RETRY, random) : EVERY_MS, signal);
    }
  };
  return { retentionMs: () => retentionMs, ended: run() };
};
