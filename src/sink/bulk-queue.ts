import { type Delivery, isJudgedAlike } from '../core/delivery.ts';

export interface BulkLimits {
  readonly maxBytes: number;
  readonly maxDocuments: number;
  /** How long a document waits for company while more is coming, milliseconds. */
  readonly maxAgeMs: number;
}

interface Chunk {
  readonly deliveries: readonly Delivery[];
  readonly queuedMs: number;
  next: number;
}

/** Documents that go again, not before their time: ahead of all others, or behind what waits then. */
interface Later {
  readonly deliveries: readonly Delivery[];
  readonly dueMs: number;
  readonly place: 'first' | 'last';
}

const NOBODY: readonly Delivery[] = [];

const isWanted = ({ lost }: Delivery): boolean => !lost.aborted;

/**
 * What waits to be sent, and the decision what goes into the next request. No I/O and no clock of its own.
 * Order is kept per id: while one document of an id is on its way, later ones of that id wait behind it.
 * It grows only by what readers were let in for: the memory budget is its bound.
 */
export class BulkQueue {
  readonly #limits: () => BulkLimits;
  readonly #divert: (delivery: Delivery) => boolean;
  readonly #chunks: Chunk[] = [];
  #readyDocuments = 0;
  #readyBytes = 0;
  /** Taken back by the sender, each lot until its time. */
  #later: Later[] = [];
  /** The document on its way for each id, from its first sending until it is settled. */
  readonly #owners = new Map<string, Delivery>();
  /** Documents whose id is on its way already. */
  readonly #behind = new Map<string, Delivery[]>();

  /** `limits`: those of now. `divert` takes documents out of the way that have their turn but must not be sent now. */
  constructor(limits: () => BulkLimits, divert: (delivery: Delivery) => boolean) {
    this.#limits = limits;
    this.#divert = divert;
  }

  push(deliveries: readonly Delivery[], nowMs: number): void {
    const wanted = deliveries.filter(isWanted);
    if (wanted.length === 0) return;
    this.#chunks.push({ deliveries: wanted, queuedMs: nowMs, next: 0 });
    this.#count(wanted);
  }

  /**
   * Takes documents back that must be sent again, not before `dueMs`. Later ones of their ids go on waiting. Those of a
   * request that failed whole belong `last`: were the fault theirs, they would keep all others from ever being tried.
   */
  giveBack(deliveries: readonly Delivery[], dueMs: number, place: Later['place']): void {
    const kept = deliveries.filter(isWanted);
    if (kept.length > 0) this.#later.push({ deliveries: kept, dueMs, place });
    for (const delivery of deliveries) if (!isWanted(delivery)) this.release(delivery);
  }

  /**
   * Forgets every document whose lease is lost, wherever it waits: its memory is no longer charged to anybody. One that
   * is on its way keeps its id until its answer comes.
   */
  forgetLost(): void {
    const waiting = [
      ...this.#later.flatMap(({ deliveries }) => deliveries),
      ...this.#chunks.flatMap(({ deliveries, next }) => deliveries.slice(next)),
    ];
    this.#later = this.#later
      .map((lot) => ({ ...lot, deliveries: lot.deliveries.filter(isWanted) }))
      .filter(({ deliveries }) => deliveries.length > 0);
    this.#readyDocuments = 0;
    this.#readyBytes = 0;
    for (const { deliveries, queuedMs, next } of this.#chunks.splice(0)) this.push(deliveries.slice(next), queuedMs);
    for (const [id, deliveries] of this.#behind) this.#putBehind(id, deliveries.filter(isWanted));
    for (const delivery of waiting) {
      if (!isWanted(delivery) && this.#owners.get(delivery.id) === delivery) this.release(delivery);
    }
  }

  /** Takes out who waits behind a document and is judged by what stands there now. */
  takeBehind(delivery: Delivery): readonly Delivery[] {
    const behind = this.#behind.get(delivery.id);
    if (!behind) return NOBODY;
    const others = behind.filter((other) => !isJudgedAlike(delivery, other));
    this.#putBehind(delivery.id, others);
    return others.length === 0 ? behind : behind.filter((other) => isJudgedAlike(delivery, other));
  }

  /** The document is settled: the next of its id may go. */
  release(delivery: Delivery): void {
    this.#owners.delete(delivery.id);
    const behind = this.#behind.get(delivery.id);
    if (!behind) return;
    const [next, ...others] = behind;
    if (!next) return;
    this.#putBehind(delivery.id, others);
    this.#putFirst([next]);
  }

  /** Whether all that came is settled. */
  isEmpty(): boolean {
    return this.#owners.size === 0 && this.#readyDocuments === 0;
  }

  /** Whether as much is ready as so many requests can take. */
  fills(requests: number): boolean {
    const { maxBytes, maxDocuments } = this.#limits();
    return this.#readyBytes >= requests * maxBytes || this.#readyDocuments >= requests * maxDocuments;
  }

  /** Milliseconds until `take` may have something it has not now; undefined when only a push can change that. */
  waitMs(nowMs: number): number | undefined {
    const due = this.#later.reduce((soonest, lot) => Math.min(soonest, lot.dueMs), Infinity);
    const head = this.#chunks[0];
    const ripe = head ? head.queuedMs + this.#limits().maxAgeMs : Infinity;
    const next = Math.min(due, ripe);
    return next === Infinity ? undefined : Math.max(0, next - nowMs);
  }

  /**
   * The next request's documents; empty when it is better to wait. `quiet`: nothing more is coming, so what is there
   * goes at once.
   */
  take(nowMs: number, quiet: boolean): readonly Delivery[] {
    this.#returnDue(nowMs);
    const head = this.#chunks[0];
    if (!head) return NOBODY;
    const { maxBytes, maxDocuments, maxAgeMs } = this.#limits();
    const isRipe = quiet || nowMs - head.queuedMs >= maxAgeMs || this.fills(1);
    return isRipe ? this.#fill(maxBytes, maxDocuments) : NOBODY;
  }

  #returnDue(nowMs: number): void {
    const due = this.#later.filter(({ dueMs }) => dueMs <= nowMs);
    if (due.length === 0) return;
    this.#later = this.#later.filter(({ dueMs }) => dueMs > nowMs);
    for (const { deliveries, place } of due) {
      if (place === 'first') this.#putFirst(deliveries);
      else this.push(deliveries, Number.NEGATIVE_INFINITY);
    }
  }

  #putBehind(id: string, deliveries: Delivery[]): void {
    if (deliveries.length > 0) this.#behind.set(id, deliveries);
    else this.#behind.delete(id);
  }

  /** At the head, and old enough not to wait for company: they have waited already. */
  #putFirst(deliveries: readonly Delivery[]): void {
    this.#chunks.unshift({ deliveries, queuedMs: Number.NEGATIVE_INFINITY, next: 0 });
    this.#count(deliveries);
  }

  #fill(maxBytes: number, maxDocuments: number): readonly Delivery[] {
    const batch: Delivery[] = [];
    let bytes = 0;
    for (let chunk = this.#chunks[0]; chunk; chunk = this.#chunks[0]) {
      const delivery = chunk.deliveries[chunk.next];
      if (!delivery) {
        this.#chunks.shift();
        continue;
      }
      const fits = bytes + delivery.bytes <= maxBytes && batch.length < maxDocuments;
      if (!fits && batch.length > 0) break;
      chunk.next += 1;
      this.#readyDocuments -= 1;
      this.#readyBytes -= delivery.bytes;
      if (!this.#admit(delivery) || this.#divert(delivery)) continue;
      batch.push(delivery);
      bytes += delivery.bytes;
    }
    return batch;
  }

  /** Whether the document may go now; if another of its id is on its way, it waits behind that one. */
  #admit(delivery: Delivery): boolean {
    const owner = this.#owners.get(delivery.id);
    if (owner === undefined) this.#owners.set(delivery.id, delivery);
    if (owner === undefined || owner === delivery) return true;
    const behind = this.#behind.get(delivery.id);
    if (behind) behind.push(delivery);
    else this.#behind.set(delivery.id, [delivery]);
    return false;
  }

  #count(deliveries: readonly Delivery[]): void {
    this.#readyDocuments += deliveries.length;
    for (const { bytes } of deliveries) this.#readyBytes += bytes;
  }
}
