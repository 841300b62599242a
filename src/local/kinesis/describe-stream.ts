import type { Call } from './call.ts';
import { optionalInteger, optionalText, SHARD_ID } from './fields.ts';
import type { HashRange, ShardState } from './shard-state.ts';
import type { StreamState } from './stream-state.ts';

const DEFAULT_SHARDS = 100;

/** A hash key range as the wire shows it. */
export const rangeOf = (range: HashRange): object => ({
  StartingHashKey: String(range.start),
  EndingHashKey: String(range.end),
});

/** A shard as DescribeStream and ListShards show it. */
export const shardOf = (shard: ShardState): object => ({
  ShardId: shard.id,
  ParentShardId: shard.parents[0]?.id,
  AdjacentParentShardId: shard.parents[1]?.id,
  HashKeyRange: rangeOf(shard.range),
  SequenceNumberRange: {
    StartingSequenceNumber: shard.startingSequence,
    EndingSequenceNumber: shard.endingSequence,
  },
});

const common = (stream: StreamState, nowMs: number): object => ({
  StreamName: stream.settings.name,
  StreamARN: stream.settings.arn,
  StreamStatus: stream.status(nowMs),
  StreamModeDetails: { StreamMode: stream.settings.mode },
  RetentionPeriodHours: Math.max(1, Math.floor(stream.settings.retentionMs / 3_600_000)),
  StreamCreationTimestamp: stream.createdMs / 1000,
  EnhancedMonitoring: [{ ShardLevelMetrics: [] }],
  EncryptionType: 'NONE',
});

export const describeStream = (call: Call): object => {
  const stream = call.account.stream(call.fields, call.nowMs);
  const limit = optionalInteger(call.fields, 'Limit', 1, 10_000) ?? DEFAULT_SHARDS;
  const after = optionalText(call.fields, 'ExclusiveStartShardId', SHARD_ID) ?? '';
  const shards = stream.shards(call.nowMs).filter((shard) => shard.id > after);
  return {
    StreamDescription: {
      ...common(stream, call.nowMs),
      Shards: shards.slice(0, limit).map(shardOf),
      HasMoreShards: shards.length > limit,
    },
  };
};

export const describeStreamSummary = (call: Call): object => {
  const stream = call.account.stream(call.fields, call.nowMs);
  return {
    StreamDescriptionSummary: {
      ...common(stream, call.nowMs),
      OpenShardCount: stream.open.length,
      ConsumerCount: 0,
      MaxRecordSizeInKiB: stream.settings.maxRecordBytes / 1024,
      RecordDistributionStrategy: stream.settings.distribution,
    },
  };
};
