import type { Place } from './entries.ts';

/** The missing records of one shard. */
export interface Stretch {
  /** Findings by sequence number. */
  readonly records: Map<string, number>;
  /** Arrival of the first and the last of them, epoch milliseconds. */
  firstMs: number;
  lastMs: number;
}

/**
 * The records of what is missing, up to `most` of them: what is beyond is counted, and for another time. Memory holds
 * their sequence numbers.
 */
export class MissingRecords {
  readonly #most: number;
  readonly #shards = new Map<string, Stretch>();
  #records = 0;
  /** Findings that are still missing. */
  #left = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add({ shard, sequenceNumber, arrivedMs }: Place): void {
    this.#left += 1;
    const known = this.#shards.get(shard)?.records.get(sequenceNumber);
    if (known === undefined && this.#records >= this.#most) return;
    const stretch = this.#shards.get(shard) ?? { records: new Map(), firstMs: arrivedMs, lastMs: arrivedMs };
    this.#shards.set(shard, stretch);
    if (known === undefined) this.#records += 1;
    stretch.records.set(sequenceNumber, (known ?? 0) + 1);
    stretch.firstMs = Math.min(stretch.firstMs, arrivedMs);
    stretch.lastMs = Math.max(stretch.lastMs, arrivedMs);
  }

  shards(): ReadonlyMap<string, Stretch> {
    return this.#shards;
  }

  /** The record is delivered, and nothing of it is missing any more. */
  repaired(shard: string, sequenceNumber: string): void {
    const records = this.#shards.get(shard)?.records;
    this.#left -= records?.get(sequenceNumber) ?? 0;
    records?.set(sequenceNumber, 0);
  }

  /** How many findings are still missing. */
  left(): number {
    return this.#left;
  }
}
