import type { Records, SourceRecord } from '../../core/page.ts';
import { holds, type TimeRange } from '../../core/time-range.ts';

/** The members of an answer's records, a list for each, as they stand in the answer. */
export interface Columns {
  readonly base64: readonly string[];
  readonly sequenceNumbers: readonly string[];
  readonly partitionKeys: readonly (string | undefined)[];
  /** Epoch milliseconds; NaN where the answer does not say. */
  readonly arrivedMs: readonly number[];
}

const malformed = (what: string): Error => new Error(`Kinesis answered GetRecords with ${what}`);

const NONE: Records = { length: 0, at: () => undefined };

/** How many bytes a base64 text of this length and padding stands for. */
const decodedBytes = (base64: string): number => {
  if (base64.length % 4 !== 0) throw malformed('data that is no base64');
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
};

/** Where each of the texts begins when they stand one after another, and behind the last one where all end. */
const starts = (sizes: readonly number[]): Uint32Array => {
  const at = new Uint32Array(sizes.length + 1);
  for (const [i, size] of sizes.entries()) at[i + 1] = (at[i] ?? 0) + size;
  return at;
};

/** Node's decoder leaves out what is not base64; then it writes less than the text's length says. */
const decode = (base64: readonly string[], at: Uint32Array): Buffer => {
  const block = Buffer.allocUnsafeSlow(at[base64.length] ?? 0);
  for (const [i, text] of base64.entries()) {
    const from = at[i] ?? 0;
    const bytes = (at[i + 1] ?? 0) - from;
    if (bytes > 0 && block.write(text, from, bytes, 'base64') !== bytes) throw malformed('data that is no base64');
  }
  return block;
};

/**
 * The records of a page, packed: their data in one block, their names in one text, their numbers in arrays. As objects
 * they would cost three times as much beside their data, and the garbage collector would copy each of the thousands
 * that wait. Throws for data that is no base64.
 */
export class PackedRecords implements Records {
  readonly length: number;
  /** Sum of the records' data. */
  readonly bytes: number;
  readonly #block: Buffer;
  readonly #dataAt: Uint32Array;
  readonly #arrivedMs: Float64Array;
  /** Sequence number and partition key of one record after another. */
  readonly #names: string;
  readonly #namesAt: Uint32Array;
  readonly #keyless: ReadonlySet<number>;

  constructor({ base64, sequenceNumbers, partitionKeys, arrivedMs }: Columns) {
    this.length = base64.length;
    this.#dataAt = starts(base64.map(decodedBytes));
    this.bytes = this.#dataAt[this.length] ?? 0;
    this.#block = decode(base64, this.#dataAt);
    this.#arrivedMs = Float64Array.from(arrivedMs);
    const names: string[] = [];
    const keyless = new Set<number>();
    for (const [i, sequenceNumber] of sequenceNumbers.entries()) {
      const key = partitionKeys[i];
      if (key === undefined) keyless.add(i);
      names.push(sequenceNumber, key ?? '');
    }
    this.#names = names.join('');
    this.#namesAt = starts(names.map(({ length }) => length));
    this.#keyless = keyless;
  }

  /** Records that do not say when they arrived, arrived now. */
  arriveAt(nowMs: number): void {
    for (const [i, arrivedMs] of this.#arrivedMs.entries()) if (Number.isNaN(arrivedMs)) this.#arrivedMs[i] = nowMs;
  }

  /** Those that arrived within the range. While there are any, the data of all stays in memory. */
  within(range: TimeRange): Records {
    const kept: number[] = [];
    for (const [i, arrivedMs] of this.#arrivedMs.entries()) if (holds(range, arrivedMs)) kept.push(i);
    if (kept.length === 0) return NONE;
    if (kept.length === this.length) return this;
    return { length: kept.length, at: (index) => this.at(kept.at(index) ?? this.length) };
  }

  at(index: number): SourceRecord | undefined {
    const i = index < 0 ? this.length + index : index;
    const arrivedMs = this.#arrivedMs[i];
    if (arrivedMs === undefined) return undefined;
    const from = this.#dataAt[i] ?? 0;
    const keyAt = this.#namesAt[2 * i + 1];
    return {
      data: new Uint8Array(this.#block.buffer, from, (this.#dataAt[i + 1] ?? 0) - from),
      sequenceNumber: this.#names.slice(this.#namesAt[2 * i], keyAt),
      arrivedMs,
      partitionKey: this.#keyless.has(i) ? undefined : this.#names.slice(keyAt, this.#namesAt[2 * i + 2]),
    };
  }
}
