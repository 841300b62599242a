import { PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { useKey } from '../rights/use-key.ts';
import type { ManagedDeliveryProps } from './managed-delivery.ts';

/** What Firehose asks a domain beside writing to it ("Grant Firehose access to a public OpenSearch Service destination"). */
const READ_PATHS = ['_all/_settings', '_cluster/stats', '_nodes', '_nodes/stats', '_nodes/*/stats', '_stats'];

const readStream = (scope: Construct, { stream }: ManagedDeliveryProps): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'ReadStream',
    actions: ['kinesis:DescribeStream', 'kinesis:GetRecords', 'kinesis:GetShardIterator', 'kinesis:ListShards'],
    resources: [stream.streamArn],
  }),
  ...(stream.encryptionKey ? [useKey(scope, 'DecryptRecords', stream.encryptionKey, 'kinesis', ['kms:Decrypt'])] : []),
];

const writeDocuments = ({ domain, index }: ManagedDeliveryProps): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'WriteDocuments',
    actions: ['es:DescribeDomain', 'es:DescribeDomainConfig', 'es:DescribeDomains', 'es:ESHttpPost', 'es:ESHttpPut'],
    resources: [domain.arn, `${domain.arn}/*`],
  }),
  new PolicyStatement({
    sid: 'LookAtDomain',
    actions: ['es:ESHttpGet'],
    resources: [...READ_PATHS, `${index}*/_mapping`, `${index}*/_stats`].map((path) => `${domain.arn}/${path}`),
  }),
];

const keepFailures = (scope: Construct, { bucket, prefix, key }: ManagedDeliveryProps): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'WriteFailures',
    actions: ['s3:AbortMultipartUpload', 's3:GetObject', 's3:PutObject'],
    resources: [bucket.arnForObjects(`${prefix}/*`)],
  }),
  new PolicyStatement({
    sid: 'SeeBucket',
    actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
    resources: [bucket.bucketArn],
  }),
  useKey(scope, 'EncryptFailures', key, 's3', ['kms:Decrypt', 'kms:GenerateDataKey']),
];

/** The actions of "VpcConfiguration", Amazon Data Firehose API Reference. */
const enterVpc = (): PolicyStatement =>
  new PolicyStatement({
    sid: 'EnterVpc',
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:CreateNetworkInterfacePermission',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSecurityGroups',
      'ec2:DescribeSubnets',
      'ec2:DescribeVpcAttribute',
      'ec2:DescribeVpcs',
    ],
    resources: ['*'],
  });

/** All that Firehose may do to deliver a stream into a domain, by way of a function. */
export const deliveryRights = (
  scope: Construct,
  props: ManagedDeliveryProps,
  logGroupArn: string,
): Record<string, PolicyDocument> => ({
  deliver: new PolicyDocument({
    statements: [
      ...readStream(scope, props),
      new PolicyStatement({
        sid: 'Transform',
        actions: ['lambda:GetFunctionConfiguration', 'lambda:InvokeFunction'],
        // Without a version it calls the latest one by name, and a right to the function alone is none to that ("Manage IAM
        // roles through Amazon Data Firehose console" names the version).
        resources: [props.lambda.functionArn, `${props.lambda.functionArn}:$LATEST`],
      }),
      ...writeDocuments(props),
      ...keepFailures(scope, props),
      new PolicyStatement({ sid: 'LogErrors', actions: ['logs:PutLogEvents'], resources: [logGroupArn] }),
      ...(props.domain.vpc ? [enterVpc()] : []),
    ],
  }),
});
