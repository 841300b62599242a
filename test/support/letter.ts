import type { DeadLetter } from '../../src/core/letter.ts';

/** A dead letter of the record with sequence number `n`. */
export const letter = (n: number, more: Partial<DeadLetter> = {}): DeadLetter => ({
  reason: 'decode-json',
  message: 'not JSON',
  stream: 's',
  shard: 'shardId-000000000000',
  sequenceNumber: `${n}`,
  subSequenceNumber: 0,
  ordinal: 0,
  partitionKey: 'p',
  arrivedMs: 1_700_000_000_000,
  raw: Buffer.from([0xff, 0xfe, 0, 10, n]),
  document: undefined,
  index: undefined,
  answer: undefined,
  ...more,
});
