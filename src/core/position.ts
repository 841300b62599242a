/**
 * A place in a shard, in the KCL's terms (its ExtendedSequenceNumber and sentinels).
 * As a checkpoint, a SEQUENCE position means "done up to and including".
 */
export type Position =
  | { readonly at: 'TRIM_HORIZON' }
  | { readonly at: 'LATEST' }
  | { readonly at: 'AT_TIMESTAMP'; readonly timestampMs: number }
  | SequencePosition
  | { readonly at: 'SHARD_END' };

/** Where an application begins that has no checkpoint. */
export type Start = Extract<Position, { readonly at: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP' }>;

export interface SequencePosition {
  readonly at: 'SEQUENCE';
  /** Decimal digits as Kinesis writes them; about 186 bits, so never a JS number. */
  readonly sequenceNumber: string;
  /** Index of a user record inside an aggregate; 0 for a plain record. */
  readonly subSequenceNumber: number;
}

export const TRIM_HORIZON: Position = { at: 'TRIM_HORIZON' };
export const SHARD_END: Position = { at: 'SHARD_END' };

export const sequencePosition = (sequenceNumber: string, subSequenceNumber = 0): SequencePosition => ({
  at: 'SEQUENCE',
  sequenceNumber,
  subSequenceNumber,
});

/** Orders two sequence numbers without BigInt: canonical decimals compare by length, then by text. */
export const compareSequenceNumbers = (a: string, b: string): number => {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
};

const RANK = { AT_TIMESTAMP: 0, TRIM_HORIZON: 1, LATEST: 2, SEQUENCE: 3, SHARD_END: 4 } as const;

/** The KCL's order: AT_TIMESTAMP < TRIM_HORIZON < LATEST < any sequence number < SHARD_END; then the sub-sequence number. */
export const comparePositions = (a: Position, b: Position): number => {
  if (a.at !== 'SEQUENCE' || b.at !== 'SEQUENCE') return RANK[a.at] - RANK[b.at];
  return compareSequenceNumbers(a.sequenceNumber, b.sequenceNumber) || a.subSequenceNumber - b.subSequenceNumber;
};
