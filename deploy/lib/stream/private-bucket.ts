import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, type LifecycleRule, StorageClass } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { argue, because } from '../rights/because.ts';

export interface PrivateBucketProps {
  readonly name: string;
  /** Undefined: S3's own keys, which a bucket that takes access logs must have. */
  readonly key: IKey | undefined;
  /** Where its access logs go; undefined for the bucket that holds them. */
  readonly accessLogs: Bucket | undefined;
  /** Undefined: nothing expires, and nothing is moved to where it costs less. */
  readonly expireDays: number | undefined;
  /** DESTROY also empties it, by the CDK's own function: a bucket that holds something cannot be deleted. */
  readonly removalPolicy: RemovalPolicy;
}

/** From when an object costs less where it is; each can still be read at once. S3 takes none earlier than 30 days. */
const CHEAPER = [
  { storageClass: StorageClass.INFREQUENT_ACCESS, days: 30 },
  { storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, days: 90 },
];

const lifecycle = (expireDays: number | undefined, cheaper: boolean): LifecycleRule[] => [
  {
    id: 'age',
    ...(expireDays !== undefined && {
      expiration: Duration.days(expireDays),
      transitions: CHEAPER.filter(({ days }) => cheaper && days < expireDays).map(({ storageClass, days }) => ({
        storageClass,
        transitionAfter: Duration.days(days),
      })),
    }),
    abortIncompleteMultipartUploadAfter: Duration.days(7),
  },
];

/** As the CDK names its own function, of which a stack has one. */
const EMPTIER = 'Custom::S3AutoDeleteObjectsCustomResourceProvider';
const EMPTIES = 'For the function of the CDK that empties this bucket, and only it, when its stack is deleted.';

/** A bucket that is reached by TLS 1.2 only, is never public, and lets go of what is old. */
export class PrivateBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    const { name, key, accessLogs, expireDays, removalPolicy } = props;
    const emptied = removalPolicy === RemovalPolicy.DESTROY;
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: name,
      ...(key
        ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      ...(accessLogs && { serverAccessLogsBucket: accessLogs, serverAccessLogsPrefix: `${id}/` }),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: lifecycle(expireDays, accessLogs !== undefined),
      removalPolicy,
      autoDeleteObjects: emptied,
    });
    const policy = this.bucket.policy;
    if (!accessLogs) {
      argue(this.bucket, 'AwsSolutions-S1', 'It is the bucket that holds the access logs of the others.');
      if (policy)
        because(policy, '/*', 'S3 writes the access logs of other buckets here, each below a folder of its own.');
    }
    if (!emptied || !policy) return;
    for (const ending of ['s3:GetBucket*', 's3:List*', 's3:DeleteObject*', '/*']) because(policy, ending, EMPTIES);
    const emptier = Stack.of(this).node.tryFindChild(EMPTIER)?.node.tryFindChild('Role');
    if (emptier) because(emptier, '/AWSLambdaBasicExecutionRole', EMPTIES);
  }
}
