import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import { type Delivery, digestIn, type Outcome } from '../core/delivery.ts';
import { describe } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Reason } from '../core/reasons.ts';
import type { BulkQueue } from './bulk-queue.ts';
import type { Outage } from './outage.ts';
import { type Failure, type Refusal, Search } from './search.ts';
import { judgeExisting, sortExisting, sortItems } from './sort-answer.ts';
import { Suspects } from './suspects.ts';
import type { BulkAnswer, BulkTarget, Verdict } from './target.ts';

export interface ExchangeOptions {
  readonly target: BulkTarget;
  readonly backoff: BackoffPolicy;
  /** Told of each document once, when its fate is known for good; of those together that share it. */
  readonly settle: (deliveries: readonly Delivery[], outcome: Outcome) => void;
  readonly observe: {
    /** A bulk request ended as ok, partial, retry, split or hold, after so many seconds. */
    bulk(outcome: 'ok' | 'partial' | 'retry' | 'split' | 'hold', seconds: number): void;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

type BulkOutcome = Parameters<ExchangeOptions['observe']['bulk']>[0];

const outcomeOf = (answer: BulkAnswer): BulkOutcome => {
  if ('split' in answer) return 'split';
  if ('hold' in answer) return 'hold';
  if ('retry' in answer) return 'retry';
  return answer.items.every(({ status }) => status === 'ok' || status === 'exists') ? 'ok' : 'partial';
};

const rejected = (reason: Reason, message: string, answer: string): Outcome => ({
  status: 'rejected',
  reason,
  message,
  answer,
});

const refusedAlone = ({ split, tooLarge }: Refusal): Outcome =>
  tooLarge
    ? rejected('sink-too-large', 'the document alone is too large for OpenSearch', split)
    : rejected('sink-rejected', 'OpenSearch refused the request that held only this document', split);

/** What comes of a request: each of its documents is settled, or goes back to the queue until its next time. */
export class BulkExchange {
  readonly #options: ExchangeOptions;
  readonly #queue: BulkQueue;
  readonly #outage: Outage;
  readonly #changed: () => void;
  readonly #suspects = new Suspects();
  #partials = 0;
  #retryWhy: string | undefined;

  /** `changed` hears of answers before the end of a sending: the queue may have something to send. */
  constructor(options: ExchangeOptions, queue: BulkQueue, outage: Outage, changed: () => void) {
    this.#options = options;
    this.#queue = queue;
    this.#outage = outage;
    this.#changed = changed;
  }

  /** The last reason why a single document had to be sent again; undefined once none had to. */
  retrying(): string | undefined {
    return this.#retryWhy;
  }

  /** Sends one request, again by halves where it was refused as a whole, and resolves when all of it is seen to. */
  async send(batch: readonly Delivery[], signal: AbortSignal): Promise<void> {
    const answer = await this.#write(batch, signal);
    if ('items' in answer) return this.#onItems(batch, answer.items, signal);
    if (!('split' in answer)) return this.#onFailure(batch, answer);
    const search = new Search(
      {
        suspects: this.#suspects,
        nowMs: () => this.#options.clock.now(),
        write: (piece) => this.#write(piece, signal),
        onItems: (piece, items) => this.#onItems(piece, items, signal),
        convict: (delivery, refusal) => this.#settle(delivery, refusedAlone(refusal)),
      },
      batch,
      answer,
    );
    const { deliveries, why, isTaking } = await search.run();
    if (deliveries.length === 0) return;
    if (!isTaking || !('split' in why)) return this.#onFailure(deliveries, why);
    this.#partials += 1;
    this.#again(deliveries);
  }

  async #write(batch: readonly Delivery[], signal: AbortSignal): Promise<BulkAnswer> {
    const { target, clock, observe } = this.#options;
    const sentMs = clock.now();
    const answer = await target.write(batch, signal);
    observe.bulk(outcomeOf(answer), (clock.now() - sentMs) / 1000);
    return answer;
  }

  async #onItems(batch: readonly Delivery[], items: readonly Verdict[], signal: AbortSignal): Promise<void> {
    const sorted = sortItems(batch, items);
    this.#suspects.taken(sorted.ok[0] ?? sorted.exists[0], this.#options.clock.now());
    this.#indexed(sorted.ok);
    for (const { delivery, why } of sorted.rejected)
      this.#settle(delivery, rejected('sink-rejected', 'OpenSearch refused the document', why));
    const { again, why, isHeld } = sorted;
    if (why !== undefined && again.length === batch.length)
      return this.#onFailure(batch, isHeld ? { hold: why } : { retry: why });
    this.#outage.over();
    this.#partials = why === undefined ? 0 : this.#partials + 1;
    this.#retryWhy = why;
    this.#again(again);
    // Not only when the digests are there: others may have been waiting for what is settled now.
    this.#changed();
    if (sorted.exists.length > 0) await this.#onExisting(sorted.exists, signal);
  }

  async #onExisting(deliveries: readonly Delivery[], signal: AbortSignal): Promise<void> {
    const { target, log } = this.#options;
    const stored = await target.digests(deliveries, signal).catch((thrown: unknown) => {
      log.warn(
        { error: describe(thrown), documents: deliveries.length },
        'stored digests could not be read; trying again',
      );
      return undefined;
    });
    if (!stored) {
      this.#partials += 1;
      return this.#again(deliveries);
    }
    const { found, gone } = sortExisting(deliveries, stored);
    for (const { delivery, digest } of found) this.#settle(delivery, judgeExisting(delivery, digest), digest);
    this.#again(gone);
  }

  /** Nothing of the request was taken: everything of it goes again, after a pause for all and behind what waits already. */
  #onFailure(batch: readonly Delivery[], failure: Failure): void {
    const why = 'hold' in failure ? failure.hold : 'split' in failure ? failure.split : failure.retry;
    // Nobody mends a password within a second.
    const pauseMs = 'hold' in failure ? this.#options.backoff.maxMs : 'retry' in failure ? failure.afterMs : undefined;
    this.#queue.giveBack(batch, this.#outage.failed(why, pauseMs), 'last');
  }

  /** Single documents failed: they go again after a pause of their own; the others are not kept waiting. */
  #again(deliveries: readonly Delivery[]): void {
    const { clock, backoff, random } = this.#options;
    this.#queue.giveBack(deliveries, clock.now() + backoffMs(this.#partials, backoff, random), 'first');
  }

  #indexed(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    const judged: (() => void)[] = [];
    for (const delivery of deliveries) {
      const behind = this.#queue.takeBehind(delivery);
      this.#queue.release(delivery);
      if (behind.length > 0) judged.push(() => this.#judge(behind, digestIn(delivery)));
    }
    this.#options.settle(deliveries, { status: 'indexed' });
    for (const judge of judged) judge();
  }

  #judge(deliveries: readonly Delivery[], stored: string): void {
    for (const delivery of deliveries) this.#options.settle([delivery], judgeExisting(delivery, stored));
  }

  /** `stored`: the digest that is now known to stand under the id; it judges whoever waits behind the document too. */
  #settle(delivery: Delivery, outcome: Outcome, stored?: string): void {
    const { settle } = this.#options;
    const judged = stored === undefined ? [] : this.#queue.takeBehind(delivery);
    this.#queue.release(delivery);
    settle([delivery], outcome);
    if (stored !== undefined) this.#judge(judged, stored);
  }
}
