import type { Clock } from '../core/clock.ts';
import type { Delivery, Place } from '../core/delivery.ts';
import { describe } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Fates } from './fates.ts';
import { judgeExisting, sortExisting } from './sort-answer.ts';
import type { BulkTarget } from './target.ts';

export interface ExistingOptions {
  readonly target: Pick<BulkTarget, 'digests'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * So long an id may be found taken and nothing under it, milliseconds. A replica that lags behind, or a serverless collection
 * that shows what it has taken after some ten seconds, is read right long before.
 */
const LOOKED_FOR_MS = 120_000;

/** Documents whose ids are taken: what stands there decides what they are. */
export class Existing {
  readonly #options: ExistingOptions;
  readonly #fates: Fates;
  /** When a document's id was first taken and nothing found there. */
  readonly #missedMs = new WeakMap<Delivery, number>();

  constructor(options: ExistingOptions, fates: Fates) {
    this.#options = options;
    this.#fates = fates;
  }

  /** Settles those whose fate the stored digests tell; returns the others, to be sent again. `taken`: where their ids stand. */
  async see(
    deliveries: readonly Delivery[],
    taken: readonly Place[],
    signal: AbortSignal,
  ): Promise<{ readonly again: readonly Delivery[]; readonly isFailed: boolean }> {
    const { target, log } = this.#options;
    const stored = await target.digests(taken, signal).catch((thrown: unknown) => {
      log.warn(
        { error: describe(thrown), documents: deliveries.length },
        'stored digests could not be read; trying again',
      );
      return undefined;
    });
    if (!stored) return { again: deliveries, isFailed: true };
    const { found, gone } = sortExisting(deliveries, stored, (delivery) => this.#isLookedForEnough(delivery));
    for (const { delivery, digest } of found) this.#fates.settle(delivery, judgeExisting(delivery, digest), digest);
    return { again: gone, isFailed: false };
  }

  /** Whether nobody can find it, though it is there: the index's own pipeline, or an alias, may have changed its routing. */
  #isLookedForEnough(delivery: Delivery): boolean {
    const nowMs = this.#options.clock.now();
    const sinceMs = this.#missedMs.get(delivery) ?? nowMs;
    this.#missedMs.set(delivery, sinceMs);
    return nowMs - sinceMs >= LOOKED_FOR_MS || delivery.special?.pipeline !== undefined;
  }
}
