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

interface AnyDocument {
  /** The event's own time; it chooses the daily index. */
  readonly timestamp: Date;
  /** One of the transform's `indices`, in place of the one that the configuration's pattern makes of the timestamp. */
  readonly index?: string;
  /** Chooses the shard within the index; derived from the id, or the same for all documents of an id. */
  readonly routing?: string;
}

interface Written {
  /** The document, without `ingest`, which Shardline adds. */
  readonly body: object;
  /** The ingest pipeline of OpenSearch that it passes through. */
  readonly pipeline?: string;
}

/** An event: written once, never changed. */
export interface CreatedDocument extends AnyDocument, Written {
  /** The `_id`: 1 to 512 bytes. Left out: `stream:shard:sequence:sub:ordinal`. */
  readonly id?: string;
  readonly op?: 'create';
  readonly version?: undefined;
}

interface Versioned {
  readonly id: string;
  /** From the event, growing with each change of what the id names: 0 to 2^63 - 1. The highest one stays. */
  readonly version: bigint;
}

/** The state of something, in an index without a date: replaces every older version. */
export interface IndexedDocument extends AnyDocument, Written, Versioned {
  readonly op: 'index';
}

/** The end of something: a tombstone replaces every older version. */
export interface DeletedDocument extends AnyDocument, Versioned {
  readonly op: 'delete';
  readonly body?: undefined;
  readonly pipeline?: undefined;
}

/** What a transform makes of a message. */
export type Document = CreatedDocument | IndexedDocument | DeletedDocument;

/** Pure: no clock, no randomness, no I/O. Throws PoisonError for what can never succeed. */
export interface Transform {
  readonly name: string;
  apply(message: Message): readonly Document[];
  /** Field mappings for the index template; `version` grows with every change of them. Absent: OpenSearch maps by itself. */
  readonly template?: { readonly version: number; readonly mappings: object };
  /** The indices that its documents may name. Absent: none. */
  readonly indices?: readonly string[];
}

/** What makes a document other than a `create` in the index of its time. */
export interface Special {
  readonly op: 'create' | 'index' | 'delete';
  /** Set for `index` and `delete`, and only there. */
  readonly version: bigint | undefined;
  readonly index: string | undefined;
  readonly routing: string | undefined;
  readonly pipeline: string | undefined;
}

/** A document checked and serialized: what the transform stage hands on. */
export interface SerializedDocument {
  readonly id: string | undefined;
  readonly timestampMs: number;
  /** The body's JSON text on one line, from `{` to `}`: with `@timestamp`, without `ingest`. */
  readonly json: string;
  readonly special?: Special | undefined;
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
