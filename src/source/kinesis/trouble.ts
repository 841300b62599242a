import { type BackoffPolicy, backoffMs } from '../../core/backoff.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { describe } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Failure } from './failure.ts';

const THROTTLED: BackoffPolicy = { firstMs: 400, maxMs: 5_000 };
const FAILED: BackoffPolicy = { firstMs: 250, maxMs: 10_000 };
const REPEAT_LOG_MS = 30_000;

const ADVICE: Readonly<Record<Failure, string>> = {
  throttled: 'the shard gives no more just now; other readers share its five reads and 2 MB a second',
  expired: 'the iterator expired; another is asked for',
  argument: 'Kinesis refuses the request; it is tried again',
  missing: 'there is no such stream or shard; it is waited for, unless other shards continue it',
  failed: 'the shard cannot be read; it is tried again',
};

/** Counts a shard's failures in a row: how long to wait for the next attempt, and when to speak of them. */
export interface Trouble {
  /** One more failure; milliseconds to wait. */
  met(failure: Failure, thrown: unknown): number;
  over(): void;
}

export interface TroubleParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export const trouble = ({ clock, random, log }: TroubleParts, fields: object): Trouble => {
  let attempts = 0;
  let spokenMs: number | undefined;
  return {
    met(failure, thrown) {
      const nowMs = clock.now();
      attempts += 1;
      // A throttled read is everyday life on a shared stream: it is news only when it lasts.
      const quiet = failure === 'throttled' && attempts < 10;
      if (!quiet && (spokenMs === undefined || nowMs - spokenMs >= REPEAT_LOG_MS)) {
        spokenMs = nowMs;
        log.warn({ ...fields, failure, attempts, error: describe(thrown) }, ADVICE[failure]);
      }
      return backoffMs(attempts - 1, failure === 'throttled' ? THROTTLED : FAILED, random);
    },
    over() {
      if (spokenMs !== undefined) log.info({ ...fields, attempts }, 'the shard is read again');
      attempts = 0;
      spokenMs = undefined;
    },
  };
};
