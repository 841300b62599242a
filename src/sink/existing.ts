import type { Delivery, Place } from '../core/delivery.ts';
import { describe } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Fates } from './fates.ts';
import { judgeExisting, sortExisting } from './sort-answer.ts';
import type { BulkTarget } from './target.ts';

export interface ExistingOptions {
  readonly target: Pick<BulkTarget, 'digests'>;
  readonly log: Log;
}

/** So many times an id is found taken, and nothing under it; a replica that lags behind is read right long before. */
const SEARCHES = 30;

/** Documents whose ids are taken: what stands there decides what they are. */
export class Existing {
  readonly #options: ExistingOptions;
  readonly #fates: Fates;
  /** How often a document's id was taken and nothing was found there. */
  readonly #missed = new WeakMap<Delivery, number>();

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
    const missed = (this.#missed.get(delivery) ?? 0) + 1;
    this.#missed.set(delivery, missed);
    return missed >= SEARCHES || delivery.special?.pipeline !== undefined;
  }
}
