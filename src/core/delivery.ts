import { bytesOf, Lines, type Stretch } from './lines.ts';
import type { Special } from './message.ts';
import type { Records } from './page.ts';
import type { Reason } from './reasons.ts';

/** What is owed of one record. The ticket of its page keeps the watermark back until all of it is settled. */
export interface Ticket {
  /** One more document (or letter) of the record is under way; it holds so many bytes until the record is settled. */
  owe(recordIndex: number, bytes?: number): void;
  /** One of them is indexed or durably dead-lettered. */
  settle(recordIndex: number): void;
}

/** Where a document stands. */
export interface Place {
  readonly index: string;
  readonly id: string;
  readonly special?: Special | undefined;
}

/** One document on its way into an index, ready to be sent: its lines are those of a bulk request, action and document. */
export interface Delivery extends Stretch, Place {
  readonly shard: string;
  /** Those of its page; its own stands at `recordIndex`. */
  readonly records: Records;
  readonly recordIndex: number;
  /** The record's arrival, epoch milliseconds. */
  readonly arrivedMs: number;
  /** The message's bytes, where its record held several: what a letter about this document carries then. */
  readonly own: Uint8Array | undefined;
  readonly subSequenceNumber: number;
  readonly ordinal: number;
  readonly ticket: Ticket;
  /** Aborted when the shard's lease is lost or the work on it has ended: what is not sent yet is dropped. */
  readonly lost: AbortSignal;
}

/** What every document ends with, from its digest on. */
const END = '"}}\n';
/** 22 base64url characters = 132 bits of SHA-256: no accident makes two bodies equal. */
export const DIGEST_CHARACTERS = 22;

/** The end of a document's line: its digest, and what closes `ingest` and the document. */
export const endOfDocument = (digest: string): string => `"digest":"${digest}${END}`;

const linesOf = ({ lines, start, bytes }: Delivery): Buffer => lines.bytes(start, start + bytes);

/** The same document with lines of its own, which it keeps when those of its slice are given back. */
export const withOwnLines = (delivery: Delivery): Delivery => ({
  ...delivery,
  lines: Lines.of(bytesOf([delivery])),
  start: 0,
});

/** The document's digest: of its body without `ingest`; tells a duplicate from a conflict when the id exists already. */
export const digestIn = (delivery: Delivery): string => {
  const lines = linesOf(delivery);
  return lines.toString('latin1', lines.length - END.length - DIGEST_CHARACTERS, lines.length - END.length);
};

/** The document's JSON text, `ingest` included. */
export const documentOf = (delivery: Delivery): string => {
  const lines = linesOf(delivery);
  return lines.toString('utf8', lines.indexOf('\n') + 1, lines.length - 1);
};

const isJudgedByDigest = ({ special }: Place): boolean =>
  special === undefined || (special.op === 'create' && special.pipeline === undefined);

/** Of two documents with one id: whether what stands there after the one decides about the other, unasked. */
export const isJudgedAlike = (one: Place, other: Place): boolean =>
  one.index === other.index &&
  one.special?.routing === other.special?.routing &&
  isJudgedByDigest(one) &&
  isJudgedByDigest(other);

/** What became of a delivery. */
export type Outcome =
  /** `stale`: a newer version stands there. `dropped`: by an ingest pipeline. */
  | { readonly status: 'indexed' | 'duplicate' | 'stale' | 'dropped' }
  | { readonly status: 'rejected'; readonly reason: Reason; readonly message: string; readonly answer: string };
