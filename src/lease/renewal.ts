import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Tenure } from './held.ts';
import type { LeaseObserver } from './observe.ts';

export interface RenewalOptions {
  readonly failoverMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: LeaseObserver;
  readonly log: Log;
}

/**
 * The part of the failover time after which a lease without a checkpoint is renewed: late enough for the usual
 * checkpoint to come first (5 s of 10 s), so that a busy shard costs nothing but its checkpoints, and early enough for
 * three tries. Renewals of many leases spread.
 */
const DUE = { from: 0.54, to: 0.6 } as const;
/** A rest that rounding leaves over must move the clock, or the loop would spin. */
const LEAST_SLEEP_MS = 0.01;
const RETRY: BackoffPolicy = { firstMs: 100, maxMs: 1_000 };

/**
 * Keeps a lease alive until it is over: a sign of life after a good half of the failover time, on a timer of its own, and a
 * second timer that ends the lease by our own clock. A checkpoint is a sign of life too. A failed renewal costs
 * nothing as long as a later one arrives in time.
 */
export const keepAlive = async (tenure: Tenure, options: RenewalOptions): Promise<void> => {
  await Promise.all([renewInTime(tenure, options), expireInTime(tenure, options)]);
};

const renewInTime = async (tenure: Tenure, options: RenewalOptions): Promise<void> => {
  const { failoverMs, clock, random, observe, log } = options;
  while (!tenure.over.aborted) {
    const everyMs = failoverMs * (DUE.from + (DUE.to - DUE.from) * random());
    const dueInMs = (): number => tenure.aliveSinceMs() + everyMs - clock.now();
    for (let restMs = dueInMs(); restMs > 0; restMs = dueInMs()) {
      await clock.sleep(Math.max(restMs, LEAST_SLEEP_MS), tenure.over);
      if (tenure.over.aborted) return;
    }
    await renewUntilAnswered(tenure, clock, random, (thrown) => {
      observe.event('renew-failed');
      log.warn({ shard: tenure.shard.id, error: describe(thrown) }, 'the lease could not be renewed, trying again');
    });
  }
};

const renewUntilAnswered = async (tenure: Tenure, clock: Clock, random: Random, failed: (thrown: unknown) => void) => {
  for (let attempt = 0; !tenure.over.aborted; attempt += 1) {
    try {
      await tenure.renew();
      return;
    } catch (thrown) {
      failed(thrown);
      await clock.sleep(backoffMs(attempt, RETRY, random), tenure.over);
    }
  }
};

const expireInTime = async (tenure: Tenure, { failoverMs, clock }: RenewalOptions): Promise<void> => {
  while (tenure.holds()) {
    const restMs = tenure.aliveSinceMs() + failoverMs - clock.now();
    await clock.sleep(Math.max(restMs, LEAST_SLEEP_MS), tenure.over);
  }
};
