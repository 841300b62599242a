import { type BackoffPolicy, backoffMs } from './backoff.ts';
import type { Clock, Random } from './clock.ts';
import { describe } from './errors.ts';
import type { Unkept } from './letter.ts';
import type { Log } from './log.ts';

/** Something on its way to where it is kept, and what is told once it is durable. */
export interface Outgoing<Item> {
  readonly item: Item;
  readonly onDurable: () => void;
  /** Aborted when the shard's lease is lost: what is not written yet is dropped, the next owner writes it. */
  readonly lost: AbortSignal;
}

export interface OutboxOptions<Item> {
  /** What the items are, for people: `dead letters`. */
  readonly what: string;
  /** Says of each item, in their order, whether it is durable now. Rejects when that is known of none. */
  readonly put: (items: readonly Item[], signal: AbortSignal) => Promise<readonly Unkept[]>;
  readonly close: () => Promise<void>;
  readonly bytesOf: (item: Item) => number;
  /** One write carries at most so many items of about so many bytes. */
  readonly maxItems: number;
  readonly maxBytes: number;
  /** How long a write that is not full waits for more, for targets where each write costs money. */
  readonly lingerMs: number;
  readonly backoff: BackoffPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Collects what all shards have to keep into few durable writes. An item that is not taken is put again for ever, behind
 * the others, so that one which is refused holds up nobody: its record stays owed, so no checkpoint passes it, and the
 * memory budget stops the readers in time.
 */
export class Outbox<Item> {
  readonly #options: OutboxOptions<Item>;
  readonly #closed = new AbortController();
  #waiting: Outgoing<Item>[] = [];
  #wake = new AbortController();
  /** What was not taken, and why; all of it waits. */
  readonly #unkept = new Map<Outgoing<Item>, string>();
  /** The leases of what came so far. */
  readonly #hearing = new WeakSet<AbortSignal>();
  #heard: AbortSignal | undefined;

  constructor(options: OutboxOptions<Item>) {
    this.#options = options;
  }

  post(outgoing: Outgoing<Item>): void {
    if (outgoing.lost !== this.#heard) this.#hear(outgoing.lost);
    this.#waiting.push(outgoing);
    this.#wake.abort();
  }

  /** What is lost is not charged to anybody any more: while a write hangs, it must not pile up. */
  #hear(lost: AbortSignal): void {
    this.#heard = lost;
    if (this.#hearing.has(lost)) return;
    this.#hearing.add(lost);
    lost.addEventListener('abort', () => this.#dropLost(), { once: true });
  }

  /** Why nothing can be written right now, or not all of it; undefined while it can. */
  trouble(): string | undefined {
    const [why] = this.#unkept.values();
    return why === undefined ? undefined : `${this.#options.what} cannot be written: ${why}`;
  }

  /** Writes what is posted until closed. */
  async run(): Promise<void> {
    const { clock, random, backoff, lingerMs } = this.#options;
    for (let failures = 0; !this.#closed.signal.aborted; ) {
      this.#wake = new AbortController();
      this.#dropLost();
      if (this.#waiting.length === 0) {
        await clock.sleep(60_000, this.#wake.signal);
        continue;
      }
      if (lingerMs > 0 && this.#count() === this.#waiting.length) await this.#pause(lingerMs);
      if (this.#closed.signal.aborted) break;
      const batch = this.#waiting.splice(0, this.#count());
      const unkept = await this.#put(batch);
      const failed = this.#settle(batch, unkept);
      failures = failed === 0 ? 0 : failed < batch.length ? 1 : failures + 1;
      if (failures > 0) await this.#pause(backoffMs(failures - 1, backoff, random));
    }
    await this.#options.close();
  }

  /** Ends `run`, and the write under way. What is not written stays owed. */
  close(): void {
    this.#closed.abort();
    this.#wake.abort();
  }

  async #put(batch: readonly Outgoing<Item>[]): Promise<readonly Unkept[]> {
    try {
      const items = batch.map(({ item }) => item);
      return await this.#options.put(items, this.#closed.signal);
    } catch (thrown) {
      return batch.map(() => describe(thrown));
    }
  }

  /** Tells of those that are durable, keeps the others; returns how many these are. */
  #settle(batch: readonly Outgoing<Item>[], unkept: readonly Unkept[]): number {
    let failed = 0;
    let error = '';
    for (const [i, outgoing] of batch.entries()) {
      const why = i < unkept.length ? unkept[i] : 'the target said nothing of it';
      if (why === undefined) {
        this.#unkept.delete(outgoing);
        outgoing.onDurable();
        continue;
      }
      failed += 1;
      error = why;
      this.#unkept.set(outgoing, why);
      this.#waiting.push(outgoing);
    }
    if (failed > 0 && !this.#closed.signal.aborted)
      this.#options.log.error({ error, items: failed }, `${this.#options.what} cannot be written; trying again`);
    return failed;
  }

  /** Not cut short by more that is posted, or a full disk would be asked without a pause. */
  async #pause(ms: number): Promise<void> {
    const { clock } = this.#options;
    await clock.sleep(ms, this.#closed.signal);
  }

  /** What belongs to a lost lease: the shard's next owner writes it. */
  #dropLost(): void {
    this.#waiting = this.#waiting.filter((outgoing) => {
      if (outgoing.lost.aborted) this.#unkept.delete(outgoing);
      return !outgoing.lost.aborted;
    });
  }

  /** How many of those that wait fit into one write. */
  #count(): number {
    let bytes = 0;
    let count = 0;
    for (const { item } of this.#waiting) {
      const more = this.#options.bytesOf(item);
      if (count > 0 && (count >= this.#options.maxItems || bytes + more > this.#options.maxBytes)) break;
      bytes += more;
      count += 1;
    }
    return count;
  }
}
