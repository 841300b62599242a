import { Aws, type RemovalPolicy } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnDeliveryStream } from 'aws-cdk-lib/aws-kinesisfirehose';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, LogStream, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { because } from '../rights/because.ts';
import { useKey } from '../rights/use-key.ts';

export interface ArchiveProps {
  readonly name: string;
  readonly bucket: IBucket;
  readonly key: IKey;
  readonly logDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** What stands before the keys of all objects: `shardline audit --archive s3://BUCKET/records`. */
export const ARCHIVE_PREFIX = 'records';

/** As its documentation asks for, "Grant Firehose access to an Amazon S3 destination", without wildcards in actions. */
const rights = (scope: Construct, { bucket, key }: ArchiveProps, errors: LogGroup): Record<string, PolicyDocument> => ({
  deliver: new PolicyDocument({
    statements: [
      new PolicyStatement({
        sid: 'WriteObjects',
        actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
        resources: [bucket.arnForObjects('*')],
      }),
      new PolicyStatement({
        sid: 'SeeBucket',
        actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
        resources: [bucket.bucketArn],
      }),
      useKey(scope, 'EncryptObjects', key, 's3', ['kms:Decrypt', 'kms:GenerateDataKey']),
      new PolicyStatement({ sid: 'LogErrors', actions: ['logs:PutLogEvents'], resources: [errors.logGroupArn] }),
    ],
  }),
});

/** A Firehose stream that brings what the service archives to S3, packed, in folders by day. */
export class Archive extends Construct {
  readonly deliveryStream: CfnDeliveryStream;

  constructor(scope: Construct, id: string, props: ArchiveProps) {
    super(scope, id);
    const { name, bucket, key, logDays, removalPolicy } = props;
    const errors = new LogGroup(this, 'Errors', {
      logGroupName: `/${name}/delivery`,
      retention: logDays,
      removalPolicy,
    });
    const stream = new LogStream(this, 'ErrorStream', { logGroup: errors, logStreamName: 's3', removalPolicy });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('firehose.amazonaws.com', {
        // No other account's Firehose stream may make use of it: "Allow Firehose to assume an IAM role".
        conditions: { StringEquals: { 'sts:ExternalId': Aws.ACCOUNT_ID } },
      }),
      description: 'Brings the archive to its bucket',
      inlinePolicies: rights(this, props, errors),
    });
    because(
      role,
      '/*',
      'Firehose names the objects of this bucket, which is the only one, by the time of their delivery.',
    );
    this.deliveryStream = new CfnDeliveryStream(this, 'Stream', {
      deliveryStreamName: name,
      deliveryStreamType: 'DirectPut',
      // Of what it holds for minutes; what it delivers is encrypted with the bucket's key.
      deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
      extendedS3DestinationConfiguration: {
        bucketArn: bucket.bucketArn,
        roleArn: role.roleArn,
        prefix: `${ARCHIVE_PREFIX}/!{timestamp:yyyy/MM/dd}/`,
        errorOutputPrefix: 'errors/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/',
        compressionFormat: 'GZIP',
        bufferingHints: { sizeInMBs: 64, intervalInSeconds: 300 },
        encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: key.keyArn } },
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: errors.logGroupName,
          logStreamName: stream.logStreamName,
        },
      },
    });
  }
}
