import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Delivery, Outcome } from '../core/delivery.ts';
import { describe } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { BulkQueue } from './bulk-queue.ts';
import type { Outage } from './outage.ts';
import { judgeExisting, sortExisting, sortItems } from './sort-answer.ts';
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

type Refused = Extract<BulkAnswer, { split: string }>;

/** What comes of a request: each of its documents is settled, or goes back to the queue until its next time. */
export class BulkExchange {
  readonly #options: ExchangeOptions;
  readonly #queue: BulkQueue;
  readonly #outage: Outage;
  readonly #changed: () => void;
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
    const { target, clock, observe } = this.#options;
    const sentMs = clock.now();
    const answer = await target.write(batch, signal);
    const seconds = (clock.now() - sentMs) / 1000;
    if ('items' in answer) {
      observe.bulk(
        answer.items.every(({ status }) => status === 'ok' || status === 'exists') ? 'ok' : 'partial',
        seconds,
      );
      return this.#onItems(batch, answer.items, signal);
    }
    observe.bulk('split' in answer ? 'split' : 'retry' in answer ? 'retry' : 'hold', seconds);
    if ('split' in answer) return this.#onSplit(batch, answer, signal);
    const pauseMs = 'hold' in answer ? this.#options.backoff.maxMs : answer.afterMs;
    this.#onFailure(batch, 'hold' in answer ? answer.hold : answer.retry, pauseMs);
  }

  async #onItems(batch: readonly Delivery[], items: readonly Verdict[], signal: AbortSignal): Promise<void> {
    const sorted = sortItems(batch, items);
    this.#indexed(sorted.ok);
    for (const { delivery, why } of sorted.rejected) {
      this.#settle(delivery, {
        status: 'rejected',
        reason: 'sink-rejected',
        message: 'OpenSearch refused the document',
        answer: why,
      });
    }
    const { retryWhy } = sorted;
    if (retryWhy !== undefined && sorted.retry.length === batch.length)
      return this.#onFailure(batch, retryWhy, undefined);
    this.#outage.over();
    this.#partials = retryWhy === undefined ? 0 : this.#partials + 1;
    this.#retryWhy = retryWhy;
    this.#again(sorted.retry);
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

  async #onSplit(batch: readonly Delivery[], answer: Refused, signal: AbortSignal): Promise<void> {
    this.#outage.over();
    const [first] = batch;
    if (first && batch.length === 1) {
      const reason = answer.tooLarge ? 'sink-too-large' : 'sink-rejected';
      const message = answer.tooLarge
        ? 'the document alone is too large for OpenSearch'
        : 'OpenSearch refused the request';
      return this.#settle(first, { status: 'rejected', reason, message, answer: answer.split });
    }
    const middle = batch.length >> 1;
    await this.send(batch.slice(0, middle), signal);
    this.#changed();
    await this.send(batch.slice(middle), signal);
  }

  /** The whole request failed: everything of it goes again, after a pause for all and behind what waits already. */
  #onFailure(batch: readonly Delivery[], why: string, afterMs: number | undefined): void {
    this.#queue.giveBack(batch, this.#outage.failed(why, afterMs), 'last');
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
      if (behind.length > 0) judged.push(() => this.#judge(behind, delivery.digest));
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
