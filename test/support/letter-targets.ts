import { systemClock } from '../../src/core/clock.ts';
import type { DeadLetters } from '../../src/core/letter.ts';
import { batchedDeadLetters } from '../../src/dead-letter/batched.ts';
import { firehoseClient } from '../../src/dead-letter/firehose/client.ts';
import { firehoseWire } from '../../src/dead-letter/firehose/wire.ts';
import { objectDeadLetters } from '../../src/dead-letter/objects.ts';
import { s3Client } from '../../src/dead-letter/s3/client.ts';
import { s3Store } from '../../src/dead-letter/s3/store.ts';
import { sqsClient } from '../../src/dead-letter/sqs/client.ts';
import { sqsWire } from '../../src/dead-letter/sqs/wire.ts';
import { ACCOUNT, type BucketPlace, type FirehosePlace, type QueuePlace } from './letter-places.ts';

export interface TargetOptions {
  /** How long a request may take, milliseconds. */
  readonly tryMs?: number | undefined;
  readonly application?: string;
}

const TRY_MS = 10_000;

const storeIn = ({ proxyUrl, bucket }: BucketPlace, { tryMs = TRY_MS }: TargetOptions) =>
  s3Store({ client: s3Client({ ...ACCOUNT, endpoint: proxyUrl }, tryMs), bucket, prefix: 'some/where/' });

export const bucketTarget = (place: BucketPlace, options: TargetOptions = {}): DeadLetters =>
  objectDeadLetters({ application: options.application ?? 'app', clock: systemClock, store: storeIn(place, options) });

export const queueTarget = ({ queueUrl, bodies }: QueuePlace, options: TargetOptions = {}): DeadLetters => {
  const { application = 'app', tryMs = TRY_MS } = options;
  const wire = sqsWire({ client: sqsClient(queueUrl, ACCOUNT, tryMs), queueUrl });
  return batchedDeadLetters({ application, clock: systemClock, wire, bodies: storeIn(bodies, options) });
};

export const firehoseTarget = (place: FirehosePlace, options: TargetOptions = {}): DeadLetters => {
  const { stream, proxyUrl, bucket } = place;
  const { application = 'app', tryMs = TRY_MS } = options;
  const client = firehoseClient({ ...ACCOUNT, endpoint: proxyUrl }, tryMs);
  const wire = firehoseWire({ client, stream, readFrom: { bucket: bucket.bucket, prefix: 'delivered/' } });
  return batchedDeadLetters({ application, clock: systemClock, wire, bodies: storeIn(bucket, options) });
};
