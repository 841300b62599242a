import type { SourceRecord } from '../../../src/core/page.ts';

/** A record with the shard that it stands in. */
export interface ShardRecord extends SourceRecord {
  readonly shard: string;
}

/** The stream that the events of tests come from. */
export const STREAM = 'music-events';

/** A record on a shard; records with another `n` have other sequence numbers. */
export const shardRecord = (n: number, data: Uint8Array | string, shard = 'shardId-000000000000'): ShardRecord => ({
  data: typeof data === 'string' ? Buffer.from(data) : data,
  sequenceNumber: `${49_590_338_271_490_256n * 10n ** 39n + BigInt(n)}`,
  arrivedMs: Date.UTC(2026, 0, 2, 4) + n,
  partitionKey: `key-${n % 10}`,
  shard,
});

/** The event by which Firehose hands these records to a function. */
export const firehoseEvent = (records: readonly ShardRecord[], stream = STREAM) => ({
  invocationId: '2b4d1ad9-2f48-94bd-a088-767c317e994a',
  sourceKinesisStreamArn: `arn:aws:kinesis:us-east-1:123456789012:stream/${stream}`,
  deliveryStreamArn: 'arn:aws:firehose:us-east-1:123456789012:deliverystream/to-opensearch',
  region: 'us-east-1',
  records: records.map(({ data, sequenceNumber, arrivedMs, partitionKey, shard }, i) => ({
    recordId: `${sequenceNumber}0${i}`,
    approximateArrivalTimestamp: arrivedMs,
    data: Buffer.from(data).toString('base64'),
    kinesisRecordMetadata: {
      sequenceNumber,
      subsequenceNumber: 0,
      partitionKey,
      shardId: shard,
      approximateArrivalTimestamp: arrivedMs,
    },
  })),
});
