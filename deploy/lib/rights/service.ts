import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { useKey } from './use-key.ts';

/** What a worker needs of a stream; of its key only where it is the account's own. */
export const readStream = (scope: Construct, stream: IStream): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'ReadStream',
    actions: ['kinesis:DescribeStreamSummary', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
    resources: [stream.streamArn],
  }),
  ...(stream.encryptionKey ? [useKey(scope, 'DecryptRecords', stream.encryptionKey, 'kinesis', ['kms:Decrypt'])] : []),
];

/** What a worker needs of a lease table that is there: it makes none. */
export const keepLeases = (tableArn: string): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'KeepLeases',
    actions: [
      'dynamodb:DeleteItem',
      'dynamodb:DescribeTable',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Scan',
      'dynamodb:UpdateItem',
    ],
    resources: [tableArn],
  }),
];

/** To write dead letters to a queue. */
export const sendLetters = (scope: Construct, queue: IQueue, key: IKey): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'SendLetters',
    actions: ['sqs:GetQueueAttributes', 'sqs:SendMessage'],
    resources: [queue.queueArn],
  }),
  useKey(scope, 'EncryptLetters', key, 'sqs', ['kms:Decrypt', 'kms:GenerateDataKey']),
];

/**
 * To write dead letters, or the large ones of a queue, below a prefix of a bucket. The role that gets them needs a
 * `because(role, '/PREFIX/*', …)`.
 */
export const putLetters = (scope: Construct, bucket: IBucket, prefix: string, key: IKey): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'PutLetters',
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects(`${prefix}/*`)],
  }),
  // Without it S3 does not say that a bucket is missing, which /readyz asks.
  new PolicyStatement({ sid: 'SeeLetters', actions: ['s3:ListBucket'], resources: [bucket.bucketArn] }),
  useKey(scope, 'EncryptLargeLetters', key, 's3', ['kms:GenerateDataKey']),
];

/** To send every record to the archive as well. */
export const sendArchive = (deliveryStreamArn: string): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'SendArchive',
    actions: ['firehose:DescribeDeliveryStream', 'firehose:PutRecordBatch'],
    resources: [deliveryStreamArn],
  }),
];
