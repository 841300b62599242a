import type { LetterTarget, S3Place } from '../config/letter-target.ts';
import type { Clock, Random } from '../core/clock.ts';
import { ShardlineError } from '../core/errors.ts';
import type { Bucket } from '../dead-letter/bucket.ts';
import { prepareFolder } from '../dead-letter/file.ts';
import { folderPlace } from '../dead-letter/folder-place.ts';
import type { Patience } from '../dead-letter/patience.ts';
import type { LetterPlace } from '../dead-letter/place.ts';
import type { LetterQueue } from '../dead-letter/spool.ts';

export interface LetterPlaceParts {
  readonly patience: Patience;
  readonly random: Random;
  readonly clock: Clock;
  /** Whether letters will be removed. */
  readonly take: boolean;
  /** Where a Firehose stream delivers to. */
  readonly readFrom: S3Place | undefined;
  /** Where letters of a queue are put down. */
  readonly spool?: LetterTarget | undefined;
}

const spoolOf = ({ spool }: LetterPlaceParts): LetterTarget => {
  if (spool?.kind === 'file' || spool?.kind === 's3') return spool;
  throw new ShardlineError(
    'SHARDLINE_USAGE',
    'letters of a queue are put down elsewhere before they are redriven: name a place such as --spool s3://bucket/prefix or --spool file:DIR, or set dead_letter.large_to',
  );
};

/** Opens the queue itself. */
export const openLetterQueue = async (queueUrl: string, patience: Patience): Promise<LetterQueue> => {
  const { sqsClient } = await import('../dead-letter/sqs/client.ts');
  const { sqsQueue } = await import('../dead-letter/sqs/queue.ts');
  return sqsQueue({ client: sqsClient(queueUrl), queueUrl, patience });
};

/** Opens a bucket by its name; the SDK is loaded only where it is needed. */
export const openBucket = async (bucket: string, patience: Patience): Promise<Bucket> => {
  const { s3Client } = await import('../dead-letter/s3/client.ts');
  const { s3Bucket } = await import('../dead-letter/s3/bucket.ts');
  return s3Bucket({ client: s3Client(), bucket, patience });
};

/** Opens what is below a prefix of a bucket. */
export const openBucketPlace = async (
  { bucket, prefix }: S3Place,
  layout: 'letters' | 'delivered',
  { patience }: Pick<LetterPlaceParts, 'patience'>,
): Promise<LetterPlace> => {
  const { bucketPlace } = await import('../dead-letter/bucket-place.ts');
  return bucketPlace({ bucket: await openBucket(bucket, patience), prefix, layout });
};

/** The place that letters of a target are read back from: those of a queue from where they were put down. */
export const openLetterPlace = async (from: LetterTarget, parts: LetterPlaceParts): Promise<LetterPlace> => {
  const { take, clock, random, readFrom } = parts;
  switch (from.kind) {
    case 'file': {
      const unique = () => `${clock.wall().getTime().toString(36)}${Math.floor(random() * 36 ** 6).toString(36)}`;
      if (take && parts.spool === from) await prepareFolder(from.directory);
      return folderPlace({ dir: from.directory, take, unique });
    }
    case 's3':
      return openBucketPlace(from, 'letters', parts);
    case 'firehose':
      if (readFrom) return openBucketPlace(readFrom, 'delivered', parts);
      throw new ShardlineError(
        'SHARDLINE_USAGE',
        `firehose://${from.stream}: dead_letter.read_from must say where it delivers to`,
      );
    case 'sqs':
      return openLetterPlace(spoolOf(parts), parts);
    default:
      return from satisfies never;
  }
};
