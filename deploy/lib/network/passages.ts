import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type Environment, nameOf } from '../environment/environment.ts';
import type { EndpointsProps, Passage } from './endpoints.ts';
import { type InterfaceEndpoint, OF_GLUE } from './settings.ts';

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];

/** By name: what the later stacks make is not there yet. */
const arnsOf = (scope: Construct, environment: Environment) => {
  const arn = (service: string, resource: string, resourceName?: string) =>
    Stack.of(scope).formatArn({
      service,
      resource,
      ...(resourceName === undefined ? { arnFormat: ArnFormat.NO_RESOURCE_NAME } : { resourceName }),
    });
  const name = (thing = '') => nameOf(environment, thing);
  return {
    stream: environment.settings.stream.arn ?? arn('kinesis', 'stream', name()),
    archive: arn('firehose', 'deliverystream', name('archive')),
    queues: [arn('sqs', name('letters')), arn('sqs', name('letters-failed'))],
    // Its own, and those of replays, which have names of their own.
    sparkJobs: environment.settings.jobs.run_on !== 'none',
    tables: [arn('dynamodb', 'table', name()), arn('dynamodb', 'table', `${name('replay')}-*`)],
  };
};

type Arns = ReturnType<typeof arnsOf>;

/** Every interface endpoint there may be: what workers, redrives, replays and the tasks around them ask of it. */
const INTERFACES: Readonly<Record<InterfaceEndpoint, (arns: Arns) => Passage>> = {
  'kinesis-streams': ({ stream, sparkJobs }) => ({
    actions: [
      ...(sparkJobs ? ['kinesis:DescribeStream'] : []),
      'kinesis:DescribeStreamSummary',
      'kinesis:GetRecords',
      'kinesis:GetShardIterator',
      'kinesis:ListShards',
      'kinesis:PutRecords',
    ],
    resources: [stream],
  }),
  kms: () => ({ actions: ['kms:Decrypt', 'kms:GenerateDataKey'] }),
  logs: () => ({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
  sqs: ({ queues }) => ({
    actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:SendMessage'],
    resources: queues,
  }),
  'ecr.api': () => ({ actions: ['ecr:GetAuthorizationToken', ...PULL] }),
  'ecr.dkr': () => ({ actions: PULL }),
  'kinesis-firehose': ({ archive }) => ({
    actions: ['firehose:DescribeDeliveryStream', 'firehose:PutRecordBatch'],
    resources: [archive],
  }),
  secretsmanager: () => ({ actions: ['secretsmanager:GetSecretValue'] }),
  'aps-workspaces': () => ({ actions: ['aps:RemoteWrite'] }),
  glue: () => ({ actions: ['glue:GetConnection'] }),
  monitoring: () => ({ actions: ['cloudwatch:PutMetricData'] }),
  sts: () => ({ actions: ['sts:AssumeRoleWithWebIdentity', 'sts:GetCallerIdentity'] }),
};

/** What the endpoints of an environment let through: those it names, and Firehose's where there is an archive. */
export const passages = (
  scope: Construct,
  environment: Environment,
): Pick<EndpointsProps, 'interfaces' | 's3' | 'dynamodb'> => {
  const { network, stream, jobs } = environment.settings;
  const arns = arnsOf(scope, environment);
  const wanted = new Set<InterfaceEndpoint>([
    ...network.endpoints,
    ...(stream.archive ? (['kinesis-firehose'] as const) : []),
    ...(jobs.run_on === 'glue' ? OF_GLUE : []),
  ]);
  const ofJobs = jobs.run_on === 'none' ? [] : ['s3:AbortMultipartUpload', 's3:GetBucketLocation'];
  return {
    interfaces: Object.fromEntries([...wanted].map((service) => [service, INTERFACES[service](arns)])),
    s3: { actions: [...ofJobs, 's3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject'] },
    dynamodb: {
      actions: [
        'dynamodb:CreateTable',
        'dynamodb:DeleteItem',
        'dynamodb:DeleteTable',
        'dynamodb:DescribeTable',
        'dynamodb:GetItem',
        'dynamodb:PutItem',
        'dynamodb:Scan',
        'dynamodb:UpdateItem',
      ],
      resources: arns.tables,
      because: { '-replay-*': 'A replay keeps its leases in a table of its own, named by what is replayed.' },
    },
  };
};
