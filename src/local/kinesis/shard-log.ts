/** A record kept as the very bytes of its JSON in a GetRecords answer, a comma in front. */
interface Kept {
  readonly fragment: Buffer;
  /** Data and partition key, as Kinesis counts a record's size. */
  readonly bytes: number;
  readonly arrivedMs: number;
}

/** What a read of a shard brings. */
export interface Slice {
  readonly fragments: readonly Buffer[];
  readonly bytes: number;
  /** Ordinal at which the next read goes on. */
  readonly next: number;
  /** Arrival of the last record of the slice. */
  readonly lastArrivedMs: number | undefined;
  /** The answer ended because it was full, not for want of records. */
  readonly cut: boolean;
}

/** Partition keys beyond ASCII are escaped, so that a fragment's bytes are its characters. */
const asciiJson = (text: string): string =>
  JSON.stringify(text).replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

const fragmentOf = (sequence: string, arrivedMs: number, data64: string, key: string | undefined): Buffer => {
  const head = `,{"SequenceNumber":"${sequence}","ApproximateArrivalTimestamp":${arrivedMs / 1000},"Data":"`;
  const tail = key === undefined ? '"}' : `","PartitionKey":${asciiJson(key)}}`;
  return Buffer.from(head + data64 + tail, 'latin1');
};

/**
 * The records of one shard, in memory. Ordinals are dense, so a place in the shard is an array index; reads join bytes
 * that were encoded once, when the record was put.
 */
export class ShardLog {
  /** What is trimmed leaves its place empty until enough places can be cut off at once. */
  #kept: (Kept | undefined)[] = [];
  /** How many places in front are empty. */
  #trimmed = 0;
  /** Ordinal of `#kept[0]`. */
  #base = 1;
  #lastArrivedMs = 0;

  /** Ordinal the next record gets. */
  get end(): number {
    return this.#base + this.#kept.length;
  }

  /** Ordinal of the oldest record still here; equals `end` when there is none. */
  get horizon(): number {
    return this.#base + this.#trimmed;
  }

  get oldestArrivedMs(): number | undefined {
    return this.#kept[this.#trimmed]?.arrivedMs;
  }

  /** Arrival time a record put now gets: arrivals never go backwards within a shard. */
  arrival(nowMs: number): number {
    this.#lastArrivedMs = Math.max(this.#lastArrivedMs, nowMs);
    return this.#lastArrivedMs;
  }

  /** Keeps a record and tells how much memory it takes. */
  append(sequence: string, arrivedMs: number, data64: string, key: string | undefined, bytes: number): number {
    const fragment = fragmentOf(sequence, arrivedMs, data64, key);
    this.#kept.push({ fragment, bytes, arrivedMs });
    return fragment.length;
  }

  /** Drops the oldest record and tells how much memory that frees. */
  trimOldest(): number {
    const freed = this.#kept[this.#trimmed]?.fragment.length ?? 0;
    if (this.#trimmed < this.#kept.length) this.#kept[this.#trimmed++] = undefined;
    if (this.#trimmed >= 1024 && this.#trimmed * 2 >= this.#kept.length) {
      this.#kept = this.#kept.slice(this.#trimmed);
      this.#base += this.#trimmed;
      this.#trimmed = 0;
    }
    return freed;
  }

  /** Ordinal of the first record that arrived at `ms` or later. */
  ordinalAt(ms: number): number {
    let low = this.#trimmed;
    let high = this.#kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#kept[middle]?.arrivedMs ?? 0) >= ms) high = middle;
      else low = middle + 1;
    }
    return this.#base + low;
  }

  /** Reads from an ordinal (or from the horizon, where that is later) up to `limit` records and `maxBytes`. */
  slice(from: number, limit: number, maxBytes: number): Slice {
    const fragments: Buffer[] = [];
    let bytes = 0;
    let lastArrivedMs: number | undefined;
    let index = Math.max(from, this.horizon) - this.#base;
    let cut = false;
    for (; index < this.#kept.length && fragments.length < limit; index++) {
      const record = this.#kept[index];
      if (!record) break;
      cut = bytes + record.bytes > maxBytes && fragments.length > 0;
      if (cut) break;
      fragments.push(record.fragment);
      bytes += record.bytes;
      lastArrivedMs = record.arrivedMs;
    }
    return { fragments, bytes, next: this.#base + index, lastArrivedMs, cut };
  }

  /** Arrival of the record at an ordinal, if it is here. */
  arrivedAt(ordinal: number): number | undefined {
    return this.#kept[ordinal - this.#base]?.arrivedMs;
  }
}
