import type { Shard } from './shard.ts';

/** One record as it stands on the stream. */
export interface SourceRecord {
  readonly data: Uint8Array;
  readonly sequenceNumber: string;
  /** ApproximateArrivalTimestamp, epoch milliseconds. */
  readonly arrivedMs: number;
  /** Absent on streams whose records Kinesis distributes itself. */
  readonly partitionKey: string | undefined;
}

/** Records in their order. One may be made anew each time it is asked for: thousands that wait are kept packed. */
export interface Records {
  readonly length: number;
  /** Undefined past the end; below 0, counted from the end. */
  at(index: number): SourceRecord | undefined;
}

/** What one read brought. Pages, not records, cross the rooms. */
export interface Page {
  readonly records: Records;
  /** Sum of the records' data, in bytes. */
  readonly bytes: number;
  /** How far behind the tip of the shard this page ends, milliseconds. */
  readonly behindMs: number;
  /** Set on a shard's last page: the shards that continue it (none where Kinesis names none). */
  readonly children: readonly Shard[] | undefined;
  /** The bytes of the worker's budget that this page holds until everything of it is settled. */
  readonly charge: Charge;
}

/** Bytes held of the worker's memory budget. */
export interface Charge {
  /** Books more (debt: it blocks readers, never the caller) or, negative, less. */
  add(bytes: number): void;
  /** Gives everything back; a second call does nothing. */
  release(): void;
}

/** The worker's one memory bound, shared fairly among its shards. Only readers wait for it. */
export interface Budget {
  /** What one shard may hold at the most right now, in bytes. */
  share(): number;
  /** Waits until `bytes` fit into the shard's share and the whole; undefined when the signal aborts first. */
  reserve(shardId: string, bytes: number, signal: AbortSignal): Promise<Charge | undefined>;
}
