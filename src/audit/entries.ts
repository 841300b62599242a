/** Where on the stream something comes from: a record, the message within it, and which of the message's documents. */
export interface Place {
  readonly shard: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  readonly ordinal: number;
  /** The record's arrival, epoch milliseconds. */
  readonly arrivedMs: number;
}

/** A document that the stream says should be in an index. */
export interface Expected extends Place {
  readonly index: string;
  readonly id: string;
  readonly digest: string;
}

/** Something of a record that today's configuration makes a dead letter of. */
export interface Unreadable extends Place {
  readonly reason: string;
}

/** A dead letter that was found. */
export interface Letter extends Place {
  readonly reason: string;
}

/** A document that stands in an index. What `ingest` does not say is undefined. */
export interface Found {
  readonly index: string;
  readonly id: string;
  readonly digest: string | undefined;
  readonly stream: string | undefined;
  readonly shard: string | undefined;
  readonly sequenceNumber: string | undefined;
  readonly arrivedMs: number | undefined;
}

/** An expected document that its index does not hold as it should. */
export interface Open {
  readonly expected: Expected;
  /** What stands under its id instead; undefined: nothing does. */
  readonly stored: Found | undefined;
  /** Its whole index is not there. */
  readonly noIndex: boolean;
}

/** Under this, the two sides meet: index names hold no such character. */
export const documentKey = ({ index, id }: { readonly index: string; readonly id: string }): string =>
  `${index}\u0000${id}`;

/** Under this, a record meets its letters. */
export const recordKey = (record: { readonly shard: string; readonly sequenceNumber: string }): string =>
  `${record.shard}\u0000${record.sequenceNumber}`;
