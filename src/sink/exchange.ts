import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Delivery } from '../core/delivery.ts';
import type { Log } from '../core/log.ts';
import type { BulkQueue } from './bulk-queue.ts';
import { Existing } from './existing.ts';
import { Fates, refusedAlone, rejected, type Settle } from './fates.ts';
import type { Probe } from './lane.ts';
import type { SickLanes } from './lanes.ts';
import type { Outage } from './outage.ts';
import type { Pace } from './pace.ts';
import { readAnswer, tellPace } from './read-answer.ts';
import { type Failure, type Refusal, Search } from './search.ts';
import { type Sick, sortItems } from './sort-answer.ts';
import type { BulkAnswer, BulkTarget, Verdict } from './target.ts';
import { Witness } from './witness.ts';

export interface ExchangeOptions {
  readonly target: BulkTarget;
  readonly backoff: BackoffPolicy;
  readonly settle: Settle;
  readonly observe: {
    /** A bulk request ended as ok, partial, retry, split or hold, after so many seconds. */
    bulk(outcome: 'ok' | 'partial' | 'retry' | 'split' | 'hold', seconds: number): void;
    /** So many documents were sent and not taken: they go again. */
    resent(count: number): void;
  };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Where documents go whose fate is not known yet, and who must hear of it. */
export interface ExchangeParts {
  readonly queue: BulkQueue;
  readonly lanes: SickLanes;
  readonly outage: Outage;
  readonly pace: Pace;
  /** Hears of answers before the end of a sending: the queue may have something to send. */
  readonly changed: () => void;
}

/**
 * One request. `usual`: documents as they came, and whether it took the last slot while more was waiting; what searches
 * and probes send says nothing about the pace. `probe`: the one that it is, if it is one.
 */
interface Sending {
  readonly usual: { readonly isLimited: boolean } | undefined;
  readonly number: number;
  readonly probe: Probe | undefined;
  readonly sentMs: number;
  readonly signal: AbortSignal;
}

/** What comes of a request: each of its documents is settled, or goes back to wait for its next time. */
export class BulkExchange {
  readonly #options: ExchangeOptions;
  readonly #parts: ExchangeParts;
  readonly #fates: Fates;
  readonly #existing: Existing;
  readonly #witness = new Witness();
  #partials = 0;
  #retryWhy: string | undefined;

  constructor(options: ExchangeOptions, parts: ExchangeParts) {
    this.#options = options;
    this.#parts = parts;
    this.#fates = new Fates(options.settle, parts.queue);
    this.#existing = new Existing(options, this.#fates);
  }

  /** The last reason why a single document had to be sent again; undefined once none had to. */
  retrying(): string | undefined {
    return this.#retryWhy;
  }

  /** Sends one request, again by halves where it was refused as a whole, and resolves when all of it is seen to. */
  async send(batch: readonly Delivery[], signal: AbortSignal, isLimited: boolean): Promise<void> {
    await this.#send(batch, { ...this.#begin(signal), usual: { isLimited } });
  }

  /** Asks a sick index with some of its documents, and lets its lane know. */
  async probe(probe: Probe, signal: AbortSignal): Promise<void> {
    const { lanes, queue } = this.#parts;
    await this.#send(probe.batch, { ...this.#begin(signal), probe });
    const { healed, givenUp } = lanes.probed(probe);
    // Their leases may have been lost while the answer was being seen to.
    for (const delivery of lanes.takeLost()) queue.release(delivery);
    queue.giveBack(healed, this.#options.clock.now(), 'first');
    if (!givenUp) return;
    for (const delivery of givenUp.deliveries) this.#fates.settle(delivery, givenUp.outcome);
  }

  #begin(signal: AbortSignal): Sending {
    const sentMs = this.#options.clock.now();
    return { usual: undefined, number: this.#parts.lanes.send(), probe: undefined, sentMs, signal };
  }

  async #send(batch: readonly Delivery[], sending: Sending): Promise<void> {
    const answer = await this.#write(batch, sending);
    if ('items' in answer) return this.#onItems(batch, answer.items, sending);
    if ('split' in answer) return this.#search(batch, answer, sending);
    return this.#onFailure(batch, answer, sending);
  }

  async #write(batch: readonly Delivery[], { usual, sentMs, signal }: Sending): Promise<BulkAnswer> {
    const { target, clock, observe } = this.#options;
    const answer = await target.write(batch, signal);
    const endedMs = clock.now();
    const read = readAnswer(answer, batch);
    observe.bulk(read.outcome, (endedMs - sentMs) / 1000);
    if (read.resent > 0) observe.resent(read.resent);
    tellPace(this.#parts.pace, read, { sentMs, endedMs, usual });
    return answer;
  }

  async #search(batch: readonly Delivery[], refusal: Refusal, sending: Sending): Promise<void> {
    let piece = sending;
    const search = new Search(
      {
        callWitness: () => this.#witness.call(this.#options.clock.now()),
        write: (deliveries) => {
          piece = { ...this.#begin(sending.signal), probe: sending.probe };
          return this.#write(deliveries, piece);
        },
        onItems: (deliveries, items) => this.#onItems(deliveries, items, piece),
        convict: (delivery, why) => this.#fates.settle(delivery, refusedAlone(why)),
      },
      batch,
      refusal,
    );
    const { deliveries, why, isTaking } = await search.run();
    if (deliveries.length === 0) return;
    if (!isTaking || !('split' in why)) return this.#onFailure(deliveries, why, piece);
    this.#partials += 1;
    this.#again(deliveries);
  }

  async #onItems(batch: readonly Delivery[], items: readonly Verdict[], sending: Sending): Promise<void> {
    const { lanes, outage, changed } = this.#parts;
    const { ok, exists, taken, done, isTaking, again, sick, refused, why, isHeld } = sortItems(batch, items);
    // Nothing was sent: the leases of all are lost.
    if (again.length === batch.length && why === undefined) return this.#again(again);
    const isAnswered = isTaking || refused.length > 0;
    this.#witness.taken(ok[0] ?? exists[0], this.#options.clock.now());
    if (isAnswered) lanes.taken(sending.number, batch, sending.probe);
    this.#fates.indexed(ok);
    for (const each of done) this.#fates.settle(each.delivery, each.outcome);
    for (const each of refused)
      this.#fates.settle(each.delivery, rejected('sink-rejected', 'OpenSearch refused the document', each.why));
    for (const each of sick) this.#onSick(each, sending);
    if (!isAnswered && why !== undefined)
      return this.#onFailure(again, isHeld ? { hold: why } : { retry: why }, sending);
    outage.over();
    this.#partials = why === undefined ? 0 : this.#partials + 1;
    this.#retryWhy = why;
    this.#again(again);
    // Not only when the digests are there: others may have been waiting for what is settled now.
    changed();
    if (exists.length === 0) return;
    const seen = await this.#existing.see(exists, taken, sending.signal);
    if (seen.isFailed) this.#partials += 1;
    this.#again(seen.again);
  }

  /** A document whose index takes none now: it waits in the index's lane. */
  #onSick({ delivery, why, isPatient }: Sick, { probe }: Sending): void {
    if (delivery.lost.aborted) this.#parts.queue.release(delivery);
    else this.#parts.lanes.fallIll(delivery, why, isPatient, probe);
  }

  /** Nothing of the request was taken: everything of it goes again, after a pause for all and behind what waits already. */
  #onFailure(batch: readonly Delivery[], failure: Failure, { sentMs, number, probe }: Sending): void {
    const { queue, outage, lanes } = this.#parts;
    const why = 'hold' in failure ? failure.hold : 'split' in failure ? failure.split : failure.retry;
    // Nobody mends a password within a second.
    const leastMs = 'hold' in failure ? this.#options.backoff.maxMs : undefined;
    const { afterMs, isBusy = false } = 'retry' in failure ? failure : {};
    const [only] = batch;
    if (isBusy && only && batch.length === 1 && !only.lost.aborted && lanes.tooMuch(only, number, why, probe)) return;
    const untilMs = outage.failed({ why, sentMs, askedMs: afterMs, leastMs, isShrinking: isBusy });
    queue.giveBack(batch, untilMs, 'last');
  }

  /** Single documents failed: they go again after a pause of their own; the others are not kept waiting. */
  #again(deliveries: readonly Delivery[]): void {
    const { clock, backoff, random } = this.#options;
    this.#parts.queue.giveBack(deliveries, clock.now() + backoffMs(this.#partials, backoff, random), 'first');
  }
}
