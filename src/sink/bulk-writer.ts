import { type Bell, openBell } from '../core/bell.ts';
import type { Delivery } from '../core/delivery.ts';
import { BulkQueue } from './bulk-queue.ts';
import { BulkExchange } from './exchange.ts';
import type { Probe } from './lane.ts';
import { SickLanes } from './lanes.ts';
import { type Outage, openOutage, type Trouble } from './outage.ts';
import { openPace, type Pace } from './pace.ts';
import { WaitingRoom } from './waiting-room.ts';
import type { WriterOptions, WriterStatus } from './writer-options.ts';

/** Probes of sick indices under way at once, beside the other requests: each may wait long for its answer. */
const MOST_PROBES = 2;
/** With so many requests' worth of documents waiting, more of them would make nothing faster. */
const ROOM_REQUESTS = 2;

/**
 * One bulk writer for all shards of the worker: their documents fill the same requests, as many of them and as large as
 * its pace allows. It keeps every document until its fate is known; only what failed is sent again. While whole requests
 * fail, a single one at a time probes the sink, after a growing pause.
 */
export class BulkWriter {
  readonly #options: WriterOptions;
  readonly #queue: BulkQueue;
  readonly #lanes: SickLanes;
  readonly #outage: Outage;
  readonly #pace: Pace;
  readonly #exchange: BulkExchange;
  readonly #closing = new AbortController();
  readonly #bell: Bell;
  readonly #room: WaitingRoom;
  #producing = 0;
  #inFlight = 0;
  /** How much of a full request those in flight are together. */
  #underWay = 0;
  #probing = 0;
  /** Of the probes, those that were begun while whole requests failed. */
  #asking = 0;
  /** The leases of the documents that came so far. */
  readonly #hearing = new WeakSet<AbortSignal>();
  #heard: AbortSignal | undefined;
  #broken: { readonly thrown: unknown } | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#bell = openBell(options.clock);
    const { bulkPace } = options.observe;
    this.#pace = openPace(options.limits, options.maxInFlight, (slots, bytes) => bulkPace(slots, bytes));
    const { limits } = this.#pace;
    this.#lanes = new SickLanes({ ...options, limits });
    this.#queue = new BulkQueue(limits, (delivery) => this.#lanes.divert(delivery));
    this.#room = new WaitingRoom(() => this.#queue.fills(ROOM_REQUESTS));
    this.#outage = openOutage(options);
    const { ring: changed } = this.#bell;
    this.#exchange = new BulkExchange(options, {
      queue: this.#queue,
      lanes: this.#lanes,
      outage: this.#outage,
      pace: this.#pace,
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
  room(signal: AbortSignal): Promise<void> {
    return this.#room.wait(signal);
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
    // Of what failed, nobody may be waiting for anything any more: its leases are lost.
    if (this.#queue.isEmpty()) return undefined;
    return this.#outage.trouble() ?? this.#lanes.sick().find(({ isAlone }) => isAlone);
  }

  /** For the status page: requests under way, their pace, and the last reason why a document had to be sent again. */
  status(): WriterStatus {
    const sick = this.#lanes.sick();
    const retrying = sick[0]?.why ?? this.#exchange.retrying();
    const inFlight = this.#inFlight + this.#probing;
    const crowded = this.#queue.fills(ROOM_REQUESTS);
    return { inFlight, pace: this.#pace.status(), trouble: this.trouble(), retrying, crowded, sick };
  }

  /** Sends what is queued until closed. Rejects only for a mistake of our own. */
  async run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      if (this.#broken) throw this.#broken.thrown;
      const nowMs = this.#options.clock.now();
      const probe = this.#mayProbe(nowMs) ? this.#lanes.probe() : undefined;
      if (probe) void this.#probe(probe);
      const batch = this.#maySend(nowMs) ? this.#queue.take(nowMs, this.#producing === 0) : [];
      // Before the rest: also documents that only went into a lane have made room.
      this.#room.letIn();
      if (batch.length > 0) void this.#occupySlot(batch);
      else if (!probe) await this.#bell.rest(this.#restMs(nowMs), this.#closing.signal);
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

  /**
   * While whole requests fail, a probe of a sick index is as good as any to ask whether that is over; one that was under
   * way before may wait for its index for long.
   */
  #maySend(nowMs: number): boolean {
    if (nowMs < this.#outage.pausedUntilMs()) return false;
    if (this.#outage.trouble()) return this.#inFlight + this.#asking === 0;
    return this.#pace.admits(this.#inFlight, this.#underWay);
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
    let bytes = 0;
    for (const delivery of batch) bytes += delivery.bytes;
    const share = this.#pace.share(bytes, batch.length);
    this.#underWay += share;
    this.#count(1, 0);
    const isLimited = !this.#pace.admits(this.#inFlight, this.#underWay) && this.#queue.fills(1);
    await this.#exchange.send(batch, this.#closing.signal, isLimited).catch(this.#onBroken);
    this.#count(-1, 0);
    this.#underWay = this.#inFlight === 0 ? 0 : this.#underWay - share;
    this.#bell.ring();
  }

  async #probe(probe: Probe): Promise<void> {
    const asking = this.#outage.trouble() ? 1 : 0;
    this.#asking += asking;
    this.#count(0, 1);
    await this.#exchange.probe(probe, this.#closing.signal).catch(this.#onBroken);
    this.#asking -= asking;
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
