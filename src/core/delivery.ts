import { bytesOf, type Stretch } from './lines.ts';
import type { SourceRecord } from './page.ts';
import type { Reason } from './reasons.ts';

/** What is owed of one record. The ticket of its page keeps the watermark back until all of it is settled. */
export interface Ticket {
  /** One more document (or letter) of the record is under way; it holds so many bytes until the record is settled. */
  owe(recordIndex: number, bytes?: number): void;
  /** One of them is indexed or durably dead-lettered. */
  settle(recordIndex: number): void;
}

/** One document on its way into an index, ready to be sent: its lines are those of a bulk request, action and document. */
export interface Delivery extends Stretch {
  readonly index: string;
  readonly id: string;
  /** Of the body without `ingest`; tells a duplicate from a conflict when the id exists already. */
  readonly digest: string;
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

/** The document's JSON text, `ingest` included. */
export const documentOf = (delivery: Delivery): string => {
  const lines = bytesOf([delivery]);
  return lines.toString('utf8', lines.indexOf('\n') + 1, lines.length - 1);
};

/** What became of a delivery. */
export type Outcome =
  | { readonly status: 'indexed' | 'duplicate' }
  | { readonly status: 'rejected'; readonly reason: Reason; readonly message: string; readonly answer: string };
