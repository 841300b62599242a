import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { useKey } from '../rights/use-key.ts';

/** What the Kinesis connectors of Spark ask of a stream. */
export const readEvents = (scope: Construct, stream: IStream): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'ReadStream',
    actions: [
      'kinesis:DescribeStream',
      'kinesis:DescribeStreamSummary',
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
    ],
    resources: [stream.streamArn],
  }),
  ...(stream.encryptionKey ? [useKey(scope, 'DecryptRecords', stream.encryptionKey, 'kinesis', ['kms:Decrypt'])] : []),
];

/** Checkpoints, results and dead letters, in a bucket of the jobs' own. The role needs a `because(role, '/*', …)`. */
export const keepFiles = (scope: Construct, bucket: IBucket, key: IKey): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'KeepFiles',
    actions: ['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:GetObject', 's3:PutObject'],
    resources: [bucket.arnForObjects('*')],
  }),
  new PolicyStatement({
    sid: 'SeeFiles',
    actions: ['s3:GetBucketLocation', 's3:ListBucket'],
    resources: [bucket.bucketArn],
  }),
  useKey(scope, 'EncryptFiles', key, 's3', ['kms:Decrypt', 'kms:GenerateDataKey']),
];

/** The wheel, the script and jars, each by its whole name. */
export const readArtefacts = (objectArns: readonly string[]): PolicyStatement =>
  new PolicyStatement({ sid: 'ReadArtefacts', actions: ['s3:GetObject'], resources: [...objectArns] });

/** To run in a VPC by way of a connection ("Setting up Amazon VPC to connect to … data stores", Glue developer guide). */
export const enterVpc = (scope: Construct, connectionName: string): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'UseConnection',
    actions: ['glue:GetConnection'],
    resources: [
      Stack.of(scope).formatArn({ service: 'glue', resource: 'catalog' }),
      Stack.of(scope).formatArn({ service: 'glue', resource: 'connection', resourceName: connectionName }),
    ],
  }),
  new PolicyStatement({
    sid: 'EnterVpc',
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeRouteTables',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcAttribute',
      'ec2:DescribeVpcEndpoints',
    ],
    resources: ['*'],
  }),
  new PolicyStatement({
    sid: 'MarkInterfaces',
    actions: ['ec2:CreateTags', 'ec2:DeleteTags'],
    resources: [Stack.of(scope).formatArn({ service: 'ec2', resource: 'network-interface', resourceName: '*' })],
    conditions: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['aws-glue-service-resource'] } },
  }),
];
