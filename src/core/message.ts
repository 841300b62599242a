import type { SequencePosition } from './position.ts';
import type { Reason } from './reasons.ts';

/** One decoded event, as a transform sees it. */
export interface Message {
  /** The event's own bytes, decompressed. */
  readonly bytes: Uint8Array;
  /** The JSON object for `json` and `ndjson`; undefined for `raw`. */
  readonly value: unknown;
  /** Where it stands: `subSequenceNumber` counts the messages within one record. */
  readonly at: SequencePosition;
  readonly arrived: Date;
  readonly partitionKey?: string;
}

/** What a transform makes of a message. */
export interface Document {
  /** The `_id`: 1 to 512 bytes. Left out: `stream:shard:sequence:sub:ordinal`. */
  readonly id?: string;
  /** The event's own time; it chooses the daily index. */
  readonly timestamp: Date;
  /** The document, without `ingest`, which Shardline adds. */
  readonly body: object;
}

/** Pure: no clock, no randomness, no I/O. Throws PoisonError for what can never succeed. */
export interface Transform {
  readonly name: string;
  apply(message: Message): readonly Document[];
  /** Field mappings for the index template; `version` grows with every change of them. Absent: OpenSearch maps by itself. */
  readonly template?: { readonly version: number; readonly mappings: object };
}

/** A document checked and serialized: what the transform stage hands on. */
export interface SerializedDocument {
  readonly id: string | undefined;
  readonly timestampMs: number;
  /** The body's JSON text on one line, from `{` to `}`: with `@timestamp`, without `ingest`. */
  readonly json: string;
}

/** One message transformed. */
export type Transformed = { readonly documents: readonly SerializedDocument[] } | { readonly poison: Poison };

/** What can never succeed, and why: it becomes a dead letter instead of stopping the shard. */
export interface Poison {
  readonly reason: Reason;
  readonly detail: string;
  readonly subSequenceNumber: number;
  /** The message's own bytes where the record held several; the letter carries these instead of the whole record. */
  readonly bytes?: Uint8Array;
}

/** One record decoded: its messages and what of it cannot be read. */
export interface Decoded {
  readonly messages: readonly Message[];
  readonly poison: readonly Poison[];
}
