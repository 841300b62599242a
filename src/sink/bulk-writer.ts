import { type Bell, openBell } from '../core/bell.ts';
import type { Delivery } from '../core/delivery.ts';
import { type BulkLimits, BulkQueue } from './bulk-queue.ts';
import { BulkExchange, type ExchangeOptions } from './exchange.ts';
import type { Probe } from './lane.ts';
import { SickLanes } from './lanes.ts';
import { type Outage, openOutage, type Trouble } from './outage.ts';

export interface WriterOptions extends ExchangeOptions {
  readonly limits: BulkLimits;
  readonly maxInFlight: number;
  /** So long an index may take nothing while others do, milliseconds; then its documents are dead letters. */
  readonly retryForMs: number;
  readonly observe: ExchangeOptions['observe'] & { bulksInFlight(count: number): void };
}

/** Probes of sick indices under way at once, beside the other requests: each may wait long for its answer. */
const MOST_PROBES = 2;

/**
 * One bulk writer for all shards of the worker: their documents fill the same requests, at most `maxInFlight` of them
 * under way. It keeps every document until its fate is known; only what failed is sent again. While whole requests
 * fail, a single one at a time probes the sink, after a growing pause.
 */
export class BulkWriter {
  readonly #options: WriterOptions;
  readonly #queue: BulkQueue;
  readonly #lanes: SickLanes;
  readonly #outage: Outage;
  readonly #exchange: BulkExchange;
  readonly #closing = new AbortController();
  readonly #bell: Bell;
  /** Who waits for room. */
  readonly #waiting = new Set<() => void>();
  #producing = 0;
  #inFlight = 0;
  #probing = 0;
  /** The leases of the documents that came so far. */
  readonly #hearing = new WeakSet<AbortSignal>();
  #heard: AbortSignal | undefined;
  #broken: { readonly thrown: unknown } | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#bell = openBell(options.clock);
    this.#lanes = new SickLanes(options);
    this.#queue = new BulkQueue(options.limits, (delivery) => this.#lanes.divert(delivery));
    this.#outage = openOutage(options);
    const { ring: changed } = this.#bell;
    this.#exchange = new BulkExchange(options, {
      queue: this.#queue,
      lanes: this.#lanes,
      outage: this.#outage,
      changed,
    });
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
    return this.#outage.trouble() ?? this.#lanes.sick().find(({ isAlone }) => isAlone);
  }

  /** For the status page: requests under way and the last reason why a document had to be sent again. */
  status(): {
    readonly inFlight: number;
    readonly trouble: Trouble | undefined;
    readonly retrying: string | undefined;
  } {
    const retrying = this.#lanes.sick()[0]?.why ?? this.#exchange.retrying();
    return { inFlight: this.#inFlight + this.#probing, trouble: this.trouble(), retrying };
  }

  /** Sends what is queued until closed. Rejects only for a mistake of our own. */
  async run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      if (this.#broken) throw this.#broken.thrown;
      const nowMs = this.#options.clock.now();
      const probe = this.#mayProbe(nowMs) ? this.#lanes.probe() : undefined;
      if (probe) void this.#probe(probe);
      const batch = this.#maySend(nowMs) ? this.#queue.take(nowMs, this.#producing === 0, this.#outage.scale()) : [];
      if (batch.length > 0) void this.#occupySlot(batch);
      else if (!probe) await this.#bell.rest(this.#restMs(nowMs), this.#closing.signal);
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
      for (const delivery of this.#lanes.takeLost()) this.#queue.release(delivery);
      this.#bell.ring();
    };
    lost.addEventListener('abort', forget, { once: true });
  }

  /** Each looks again for itself, in the order of their coming: the first may fill the queue anew. */
  #letIn(): void {
    if (this.#queue.sated()) return;
    for (const go of this.#waiting) go();
  }

  /** While whole requests fail, a probe of a sick index is as good as any to ask whether that is over. */
  #maySend(nowMs: number): boolean {
    const busy = this.#inFlight + (this.#outage.trouble() ? this.#probing : 0);
    return busy < this.#outage.slots(this.#options.maxInFlight) && nowMs >= this.#outage.pausedUntilMs();
  }

  #mayProbe(nowMs: number): boolean {
    if (nowMs < this.#outage.pausedUntilMs()) return false;
    return this.#outage.trouble() ? this.#inFlight + this.#probing === 0 : this.#probing < MOST_PROBES;
  }

  /** How long nothing can become sendable by itself; a push, an answer or a close wakes earlier. */
  #restMs(nowMs: number): number {
    const longestMs = 60_000;
    const pausedMs = this.#outage.pausedUntilMs() - nowMs;
    if (pausedMs > 0) return pausedMs;
    const sendableMs = (this.#maySend(nowMs) ? this.#queue.waitMs(nowMs) : undefined) ?? longestMs;
    const probeMs = (this.#mayProbe(nowMs) ? this.#lanes.waitMs() : undefined) ?? longestMs;
    return Math.max(1, Math.min(sendableMs, probeMs, longestMs));
  }

  async #occupySlot(batch: readonly Delivery[]): Promise<void> {
    this.#count(1, 0);
    await this.#exchange.send(batch, this.#closing.signal).catch(this.#onBroken);
    this.#count(-1, 0);
    this.#bell.ring();
  }

  async #probe(probe: Probe): Promise<void> {
    this.#count(0, 1);
    await this.#exchange.probe(probe, this.#closing.signal).catch(this.#onBroken);
    this.#count(0, -1);
    this.#bell.ring();
  }

  #count(requests: number, probes: number): void {
    this.#inFlight += requests;
    this.#probing += probes;
    this.#options.observe.bulksInFlight(this.#inFlight + this.#probing);
  }

  readonly #onBroken = (thrown: unknown): void => {
    this.#broken = { thrown };
  };
}
