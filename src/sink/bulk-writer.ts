import { type Bell, openBell } from '../core/bell.ts';
import type { Delivery } from '../core/delivery.ts';
import { type BulkLimits, BulkQueue } from './bulk-queue.ts';
import { BulkExchange, type ExchangeOptions } from './exchange.ts';
import { type Outage, openOutage, type Trouble } from './outage.ts';

export interface WriterOptions extends ExchangeOptions {
  readonly limits: BulkLimits;
  readonly maxInFlight: number;
  readonly observe: ExchangeOptions['observe'] & { bulksInFlight(count: number): void };
}

/**
 * One bulk writer for all shards of the worker: their documents fill the same requests, at most `maxInFlight` of them
 * under way. It keeps every document until its fate is known; only what failed is sent again. While whole requests
 * fail, a single one at a time probes the sink, after a growing pause.
 */
export class BulkWriter {
  readonly #options: WriterOptions;
  readonly #queue: BulkQueue;
  readonly #outage: Outage;
  readonly #exchange: BulkExchange;
  readonly #closing = new AbortController();
  readonly #bell: Bell;
  /** Who waits for room. */
  readonly #waiting = new Set<() => void>();
  #producing = 0;
  #inFlight = 0;
  /** The leases of the documents that came so far. */
  readonly #hearing = new WeakSet<AbortSignal>();
  #heard: AbortSignal | undefined;
  #broken: { readonly thrown: unknown } | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#bell = openBell(options.clock);
    this.#queue = new BulkQueue(options.limits);
    this.#outage = openOutage(options);
    this.#exchange = new BulkExchange(options, this.#queue, this.#outage, this.#bell.ring);
  }

  /** Queues documents; never waits. What they hold of the memory budget keeps their readers back. */
  submit(deliveries: readonly Delivery[]): void {
    for (const { lost } of deliveries) if (lost !== this.#heard) this.#hear(lost);
    this.#queue.push(deliveries, this.#options.clock.now());
    this.#bell.ring();
  }

  /** Waits while the queue has more than enough for the next requests, or until the signal aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#queue.sated() && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const go = () => resolve();
      this.#waiting.add(go);
      signal.addEventListener('abort', go, { once: true });
      await promise;
      signal.removeEventListener('abort', go);
      this.#waiting.delete(go);
    }
  }

  /** Says that more is coming, until the returned function is called: requests fill up meanwhile. */
  expectMore(): () => void {
    this.#producing += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#producing -= 1;
      this.#bell.ring();
    };
  }

  /** What keeps all documents from getting through, for /readyz; undefined while some do. */
  trouble(): Trouble | undefined {
    return this.#outage.trouble();
  }

  /** For the status page: requests under way and the last reason why a document had to be sent again. */
  status(): {
    readonly inFlight: number;
    readonly trouble: Trouble | undefined;
    readonly retrying: string | undefined;
  } {
    return { inFlight: this.#inFlight, trouble: this.trouble(), retrying: this.#exchange.retrying() };
  }

  /** Sends what is queued until closed. Rejects only for a mistake of our own. */
  async run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      if (this.#broken) throw this.#broken.thrown;
      const nowMs = this.#options.clock.now();
      const batch = this.#maySend(nowMs) ? this.#queue.take(nowMs, this.#producing === 0) : [];
      if (batch.length === 0) await this.#bell.rest(this.#restMs(nowMs), this.#closing.signal);
      else void this.#occupySlot(batch);
      this.#letIn();
    }
  }

  /** Stops sending. Documents not settled stay owed: no checkpoint has moved past them. */
  close(): void {
    this.#closing.abort();
    this.#bell.ring();
  }

  /** Once a lease is lost, what waits of it is forgotten: even while nothing can be sent, it must not pile up. */
  #hear(lost: AbortSignal): void {
    this.#heard = lost;
    if (this.#hearing.has(lost)) return;
    this.#hearing.add(lost);
    const forget = () => {
      this.#queue.forgetLost();
      this.#bell.ring();
    };
    lost.addEventListener('abort', forget, { once: true });
  }

  /** Each looks again for itself, in the order of their coming: the first may fill the queue anew. */
  #letIn(): void {
    if (this.#queue.sated()) return;
    for (const go of this.#waiting) go();
  }

  #maySend(nowMs: number): boolean {
    return this.#inFlight < this.#outage.slots(this.#options.maxInFlight) && nowMs >= this.#outage.pausedUntilMs();
  }

  /** How long nothing can become sendable by itself; a push, an answer or a close wakes earlier. */
  #restMs(nowMs: number): number {
    const longestMs = 60_000;
    const pausedMs = this.#outage.pausedUntilMs() - nowMs;
    if (pausedMs > 0) return pausedMs;
    if (!this.#maySend(nowMs)) return longestMs;
    return Math.max(1, Math.min(this.#queue.waitMs(nowMs) ?? longestMs, longestMs));
  }

  async #occupySlot(batch: readonly Delivery[]): Promise<void> {
    this.#inFlight += 1;
    this.#options.observe.bulksInFlight(this.#inFlight);
    try {
      await this.#exchange.send(batch, this.#closing.signal);
    } catch (thrown) {
      this.#broken = { thrown };
    }
    this.#inFlight -= 1;
    this.#options.observe.bulksInFlight(this.#inFlight);
    this.#bell.ring();
  }
}
