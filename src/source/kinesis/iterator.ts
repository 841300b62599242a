import type { GetShardIteratorCommandInput } from '@aws-sdk/client-kinesis';
import type { Position } from '../../core/position.ts';

/** A place from which something can be read: not SHARD_END. */
export type ReadPosition = Exclude<Position, { at: 'SHARD_END' }>;

type Start = Pick<GetShardIteratorCommandInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'>;

/**
 * Where an iterator begins for a position. A checkpoint means "done up to and including": a plain record is skipped; a
 * record done only up to a sub-sequence number is read again, for the rest of it. SHARD_END has nothing to read.
 */
export const iteratorStart = (position: ReadPosition): Start => {
  switch (position.at) {
    case 'TRIM_HORIZON':
    case 'LATEST':
      return { ShardIteratorType: position.at };
    case 'AT_TIMESTAMP':
      return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: new Date(position.timestampMs) };
    case 'SEQUENCE':
      return {
        ShardIteratorType: position.subSequenceNumber > 0 ? 'AT_SEQUENCE_NUMBER' : 'AFTER_SEQUENCE_NUMBER',
        StartingSequenceNumber: position.sequenceNumber,
      };
  }
};
