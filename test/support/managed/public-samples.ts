import { sharedFiles } from '../shared-data.ts';
import { firehoseEvent, type ShardRecord } from './event.ts';

interface Sample {
  readonly data: string;
  readonly sequenceNumber: string;
  readonly approximateArrivalTimestamp: number;
  readonly partitionKey: string;
}

interface FirehoseSample {
  readonly data: string;
  readonly kinesisRecordMetadata: Omit<Sample, 'data'> & { readonly shardId: string };
}

interface KinesisSample {
  readonly kinesis?: Sample;
  readonly eventID?: string;
}

/** The public samples: of Firehose's events, of Lambda's for Kinesis, and of one record of the KPL. */
interface PublicFile {
  readonly sourceKinesisStreamArn?: string;
  readonly records?: readonly FirehoseSample[];
  readonly Records?: readonly KinesisSample[];
  readonly event?: KinesisSample;
}

/** A public sample as a Firehose event, and its records as the service would read them. */
export interface PublicSample {
  readonly name: string;
  readonly event: object;
  readonly records: readonly ShardRecord[];
}

const recordOf = (from: Sample, shard: string): ShardRecord => ({
  data: Buffer.from(from.data, 'base64'),
  sequenceNumber: from.sequenceNumber,
  // Firehose counts milliseconds, Lambda's events for Kinesis seconds.
  arrivedMs: Math.round(from.approximateArrivalTimestamp * (from.approximateArrivalTimestamp < 1e11 ? 1_000 : 1)),
  partitionKey: from.partitionKey,
  shard,
});

const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/music-events';

/** Firehose's own samples go as they are, but for the stream's name; of the others, the records do. */
const sampleOf = (name: string, file: PublicFile): readonly PublicSample[] => {
  if (file.sourceKinesisStreamArn !== undefined) {
    const records = (file.records ?? []).map(({ data, kinesisRecordMetadata: from }) =>
      recordOf({ ...from, data }, from.shardId),
    );
    return [{ name, records, event: { ...file, sourceKinesisStreamArn: STREAM_ARN } }];
  }
  const records = [...(file.Records ?? []), ...(file.event ? [file.event] : [])].flatMap(({ kinesis, eventID }) =>
    kinesis ? [recordOf(kinesis, eventID?.split(':')[0] ?? '')] : [],
  );
  return records.length === 0 ? [] : [{ name, records, event: firehoseEvent(records) }];
};

/** Every public sample of Firehose and Kinesis beside the project; none where it stands alone. */
export const publicSamples = (): readonly PublicSample[] =>
  sharedFiles('kinesis_payloads').flatMap(({ name, bytes }) => sampleOf(name, JSON.parse(bytes.toString())));
