import { backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import { ShardlineError } from '../core/errors.ts';
import { awsFailure, statusOf } from './aws-failure.ts';

/** How somebody waits for a service that is away. */
export interface Patience {
  readonly clock: Clock;
  readonly random: Random;
  /** Told why it waits, each time. */
  readonly onTrouble: (why: string) => void;
}

const RETRY = { firstMs: 200, maxMs: 10_000 };

/** Answers that asking again does not change: no such bucket, no rights, a wrong name. */
const isForGood = (thrown: unknown): boolean => {
  const status = statusOf(thrown) ?? 0;
  return (status >= 400 && status < 500 && status !== 408 && status !== 429 && !isPassing(thrown)) || !isAnswer(thrown);
};

/** SQS and S3 say it with 400. */
const isPassing = (thrown: unknown): boolean =>
  thrown instanceof Error && /Throttl|TooManyRequests|RequestTimeout/i.test(thrown.name);

/** Whether it is a failure of the request, as opposed to a mistake of ours or credentials that are not there. */
const isAnswer = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.name !== 'CredentialsProviderError' && !(thrown instanceof TypeError);

/**
 * Asks a service until it answers: throttling and outages are waited for, what stays as it is becomes
 * SHARDLINE_DEAD_LETTERS_UNREADABLE, and the signal's abort ends the waiting with the last failure.
 */
export const patiently = async <T>(
  ask: () => Promise<T>,
  what: string,
  { clock, random, onTrouble }: Patience,
  signal: AbortSignal,
): Promise<T> => {
  for (let failures = 0; ; failures += 1) {
    try {
      return await ask();
    } catch (cause) {
      const why = `${what}: ${awsFailure(cause)}`;
      if (signal.aborted) throw cause;
      if (isForGood(cause)) throw new ShardlineError('SHARDLINE_DEAD_LETTERS_UNREADABLE', why, { cause });
      onTrouble(why);
      await clock.sleep(backoffMs(failures, RETRY, random), signal);
    }
  }
};
