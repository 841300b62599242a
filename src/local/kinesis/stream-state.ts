import { hash } from 'node:crypto';
import { evenRanges, type HashRange, ShardState } from './shard-state.ts';

export interface StreamSettings {
  readonly name: string;
  readonly arn: string;
  readonly shards: number;
  readonly mode: 'PROVISIONED' | 'ON_DEMAND';
  readonly maxRecordBytes: number;
  /** AUTO: Kinesis distributes the records itself and keeps no partition keys. */
  readonly distribution: 'AUTO' | 'USER_PARTITION_KEY';
  /** Memory its records may take; beyond it the oldest are trimmed. */
  readonly maxBytes: number;
  readonly retentionMs: number;
}

/** The place of a partition key among the hash keys: its MD5 as an unsigned big-endian number. */
export const hashKeyOf = (partitionKey: string): bigint => BigInt(`0x${hash('md5', partitionKey, 'hex')}`);

/** A stream: its shards, past and present, and the records they keep. */
export class StreamState {
  readonly settings: StreamSettings;
  readonly createdMs: number;
  readonly #shards: ShardState[] = [];
  #open: ShardState[] = [];
  #keptBytes = 0;
  #turn = 0;
  #busy: { readonly status: 'CREATING' | 'UPDATING' | 'DELETING'; readonly untilMs: number } | undefined;

  constructor(settings: StreamSettings, nowMs: number) {
    this.settings = settings;
    this.createdMs = nowMs;
    for (const range of evenRanges(settings.shards)) this.#open.push(this.#add(range, [], nowMs));
  }

  /** Shards still listed: the open ones and those closed within the retention. */
  shards(nowMs: number): readonly ShardState[] {
    const horizonMs = nowMs - this.settings.retentionMs;
    return this.#shards.filter((shard) => shard.closedMs === undefined || shard.closedMs > horizonMs);
  }

  get open(): readonly ShardState[] {
    return this.#open;
  }

  shard(id: string, nowMs: number): ShardState | undefined {
    return this.shards(nowMs).find((shard) => shard.id === id);
  }

  shardAt(index: number): ShardState | undefined {
    return this.#shards[index];
  }

  status(nowMs: number): 'ACTIVE' | 'CREATING' | 'UPDATING' | 'DELETING' {
    return this.#busy && nowMs < this.#busy.untilMs ? this.#busy.status : 'ACTIVE';
  }

  becomes(status: 'CREATING' | 'UPDATING' | 'DELETING', untilMs: number): void {
    this.#busy = { status, untilMs };
  }

  gone(nowMs: number): boolean {
    return this.#busy?.status === 'DELETING' && nowMs >= this.#busy.untilMs;
  }

  /** The open shard that a hash key belongs to; without one (AUTO), each open shard in turn. */
  route(hashKey: bigint | undefined): ShardState {
    const index = hashKey === undefined ? this.#turn++ % this.#open.length : this.#indexOf(hashKey);
    const shard = this.#open[index];
    if (!shard) throw new RangeError(`no open shard of ${this.settings.name} covers hash key ${hashKey}`);
    return shard;
  }

  /** Puts a record into a shard. Whoever has put what it had to put calls `trim`. */
  put(shard: ShardState, nowMs: number, data64: string, key: string | undefined, bytes: number): string {
    const { sequence, kept } = shard.put(nowMs, data64, key, bytes);
    this.#keptBytes += kept;
    return sequence;
  }

  /** Drops the oldest records of the whole stream while they are beyond the retention or the memory bound. */
  trim(nowMs: number): void {
    const horizonMs = nowMs - this.settings.retentionMs;
    for (let oldest = this.#oldest(); oldest !== undefined; oldest = this.#oldest()) {
      const arrivedMs = oldest.log.oldestArrivedMs ?? nowMs;
      if (this.#keptBytes <= this.settings.maxBytes && arrivedMs > horizonMs) return;
      this.#keptBytes -= oldest.log.trimOldest();
    }
  }

  split(parent: ShardState, at: bigint, nowMs: number): void {
    const low = this.#add({ start: parent.range.start, end: at - 1n }, [parent], nowMs);
    const high = this.#add({ start: at, end: parent.range.end }, [parent], nowMs);
    this.#replace([parent], [low, high], nowMs);
  }

  merge(one: ShardState, other: ShardState, nowMs: number): void {
    const [low, high] = one.range.start < other.range.start ? [one, other] : [other, one];
    const child = this.#add({ start: low.range.start, end: high.range.end }, [one, other], nowMs);
    this.#replace([one, other], [child], nowMs);
  }

  #add(range: HashRange, parents: readonly ShardState[], nowMs: number): ShardState {
    const shard = new ShardState(this.#shards.length, range, parents, nowMs);
    this.#shards.push(shard);
    return shard;
  }

  #replace(parents: readonly ShardState[], children: readonly ShardState[], nowMs: number): void {
    for (const parent of parents) parent.close(nowMs, children);
    const open = [...this.#open.filter((shard) => !parents.includes(shard)), ...children];
    this.#open = open.sort((a, b) => (a.range.start < b.range.start ? -1 : 1));
  }

  #indexOf(hashKey: bigint): number {
    let low = 0;
    let high = this.#open.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#open[middle]?.range.end ?? 0n) >= hashKey) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #oldest(): ShardState | undefined {
    let oldest: ShardState | undefined;
    for (const shard of this.#shards) {
      const arrivedMs = shard.log.oldestArrivedMs;
      if (arrivedMs !== undefined && arrivedMs < (oldest?.log.oldestArrivedMs ?? Number.POSITIVE_INFINITY))
        oldest = shard;
    }
    return oldest;
  }
}
