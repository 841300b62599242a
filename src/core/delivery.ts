import type { SourceRecord } from './page.ts';
import type { Reason } from './reasons.ts';

/** What is owed of one record. The ticket of its page keeps the watermark back until all of it is settled. */
export interface Ticket {
  /** One more document (or letter) of the record is under way; it holds so many bytes until the record is settled. */
  owe(recordIndex: number, bytes?: number): void;
  /** One of them is indexed or durably dead-lettered. */
  settle(recordIndex: number): void;
}

/** One document on its way into an index, ready to be sent. */
export interface Delivery {
  readonly index: string;
  readonly id: string;
  /** The line before the document in a bulk request. */
  readonly action: string;
  /** The document's JSON text on one line, `ingest` included. */
  readonly source: string;
  /** Of the body without `ingest`; tells a duplicate from a conflict when the id exists already. */
  readonly digest: string;
  /** Length of action and source lines together, in bytes. */
  readonly bytes: number;
  readonly shard: string;
  readonly record: SourceRecord;
  /** What a letter about this document carries: the record's bytes, or its message's own where the record held several. */
  readonly raw: Uint8Array;
  readonly recordIndex: number;
  readonly subSequenceNumber: number;
  readonly ordinal: number;
  readonly ticket: Ticket;
  /** Aborted when the shard's lease is lost or the work on it has ended: what is not sent yet is dropped. */
  readonly lost: AbortSignal;
}

/** What became of a delivery. */
export type Outcome =
  | { readonly status: 'indexed' | 'duplicate' }
  | { readonly status: 'rejected'; readonly reason: Reason; readonly message: string; readonly answer: string };
