import type { EarlierFailure } from '../core/letter.ts';
import type { WholeLetter } from '../dead-letter/sieve.ts';
import type { OfflineRecord } from './offline-walk.ts';

/** A letter as the record, or the message of it, that it was. */
export const offlineRecord = (letter: WholeLetter, history: readonly EarlierFailure[]): OfflineRecord => ({
  shard: letter.shard,
  subSequenceNumber: letter.subSequenceNumber,
  record: {
    data: letter.raw,
    sequenceNumber: letter.sequenceNumber,
    arrivedMs: letter.arrivedMs,
    partitionKey: letter.partitionKey,
  },
  history,
});
