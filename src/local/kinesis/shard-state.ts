import { LAST_ORDINAL, parseSequence, sequenceNumbers } from './sequence.ts';
import { ShardLog } from './shard-log.ts';

const HASH_KEYS = 1n << 128n;

/** An inclusive range of 128-bit hash keys. */
export interface HashRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** Splits the whole of the hash keys evenly. */
export const evenRanges = (count: number): readonly HashRange[] =>
  Array.from({ length: count }, (_, i) => ({
    start: (HASH_KEYS * BigInt(i)) / BigInt(count),
    end: (HASH_KEYS * BigInt(i + 1)) / BigInt(count) - 1n,
  }));

/** A shard, open or closed, with its records. */
export class ShardState {
  readonly index: number;
  readonly id: string;
  readonly range: HashRange;
  readonly parents: readonly ShardState[];
  readonly createdMs: number;
  readonly createdSeconds: number;
  readonly log = new ShardLog();
  readonly #sequence: (ordinal: bigint, arrivedSeconds: number) => string;
  #closed: { readonly atMs: number; readonly children: readonly ShardState[] } | undefined;

  constructor(index: number, range: HashRange, parents: readonly ShardState[], nowMs: number) {
    this.index = index;
    this.id = `shardId-${String(index).padStart(12, '0')}`;
    this.range = range;
    this.parents = parents;
    this.createdMs = nowMs;
    // A child's sequence numbers lie above its parents', however quickly one follows the other.
    const floor = parents.map((parent) => parent.createdSeconds + 1);
    this.createdSeconds = Math.max(Math.floor(nowMs / 1000), ...floor);
    this.#sequence = sequenceNumbers(index, this.createdSeconds);
  }

  get closedMs(): number | undefined {
    return this.#closed?.atMs;
  }

  get children(): readonly ShardState[] {
    return this.#closed?.children ?? [];
  }

  get startingSequence(): string {
    return this.#sequence(0n, this.createdSeconds);
  }

  get endingSequence(): string | undefined {
    return this.#closed && this.#sequence(LAST_ORDINAL, Math.floor(this.#closed.atMs / 1000));
  }

  close(nowMs: number, children: readonly ShardState[]): void {
    this.#closed = { atMs: nowMs, children };
  }

  /** Puts a record: its sequence number and the memory it takes. */
  put(nowMs: number, data64: string, key: string | undefined, bytes: number): { sequence: string; kept: number } {
    const arrivedMs = this.log.arrival(nowMs);
    const sequence = this.#sequence(BigInt(this.log.end), Math.floor(arrivedMs / 1000));
    return { sequence, kept: this.log.append(sequence, arrivedMs, data64, key, bytes) };
  }

  /** The ordinal a sequence number stands for; undefined when it did not come from this shard. */
  ordinalOf(sequence: string): number | undefined {
    const parts = parseSequence(sequence);
    if (parts?.shardIndex !== this.index || parts.shardCreatedSeconds !== this.createdSeconds) return undefined;
    if (parts.ordinal === LAST_ORDINAL) return this.#closed && this.log.end;
    return parts.ordinal < this.log.end ? Number(parts.ordinal) : undefined;
  }
}
