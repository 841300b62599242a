import { describe, expect, it } from 'vitest';
import { environmentOf, LABELS } from './support/environments.ts';
import { resourcesOf } from './support/templates.ts';

describe('the stream', () => {
  it('grows by itself, is encrypted and keeps records for a week', () => {
    expect(resourcesOf('prod', 'AWS::Kinesis::Stream')).toMatchObject([
      {
        Properties: {
          Name: 'shardline-prod',
          StreamModeDetails: { StreamMode: 'ON_DEMAND' },
          RetentionPeriodHours: 168,
          StreamEncryption: { EncryptionType: 'KMS' },
        },
      },
    ]);
  });

  it('has the shards it is given when it is provisioned', () => {
    expect(resourcesOf('provisioned', 'AWS::Kinesis::Stream')).toMatchObject([
      { Properties: { StreamModeDetails: { StreamMode: 'PROVISIONED' }, ShardCount: 4 } },
    ]);
  });

  it('that exists already is neither made nor changed', () => {
    expect(resourcesOf('adopted', 'AWS::Kinesis::Stream')).toEqual([]);
  });
});

describe('the lease table', () => {
  it('is found by the service, which looks for its application’s name and this key', () => {
    expect(resourcesOf('dev', 'AWS::DynamoDB::GlobalTable')).toMatchObject([
      {
        Properties: {
          TableName: 'shardline-dev',
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
          Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
        },
      },
    ]);
  });
});

describe('dead letters', () => {
  it('wait 14 days in a queue, and what a redrive fails over three times beside it', () => {
    const queues = resourcesOf('prod', 'AWS::SQS::Queue').map(({ Properties }) => Properties);
    expect(queues).toMatchObject([
      {
        QueueName: 'shardline-prod-letters-failed',
        MessageRetentionPeriod: 1_209_600,
        RedriveAllowPolicy: { redrivePermission: 'byQueue' },
      },
      {
        QueueName: 'shardline-prod-letters',
        MessageRetentionPeriod: 1_209_600,
        MaximumMessageSize: 1_048_576,
        RedrivePolicy: { maxReceiveCount: 3 },
      },
    ]);
    const [failed] = queues;
    // Said by name, for each of the two speaks of the other: the same name as the queue's own.
    expect(JSON.stringify(failed?.RedriveAllowPolicy)).toMatch(/:shardline-prod-letters"/);
    for (const queue of queues) expect(queue?.KmsMasterKeyId).toBeDefined();
  });
});

describe('every bucket', () => {
  it('is private, logs who reads it, becomes cheaper and lets go of what is old', () => {
    for (const label of LABELS) {
      // That of Spark jobs keeps checkpoints, which are as old as their jobs.
      const buckets = resourcesOf(label, 'AWS::S3::Bucket')
        .map(({ Properties }) => Properties)
        .filter((bucket) => !JSON.stringify(bucket?.BucketName).includes('-jobs-'));
      expect(buckets.length).toBeGreaterThanOrEqual(3);
      for (const bucket of buckets) {
        expect(Object.values(bucket?.PublicAccessBlockConfiguration ?? {})).toEqual([true, true, true, true]);
        const logs = bucket?.LoggingConfiguration === undefined;
        expect(JSON.stringify(bucket?.BucketEncryption)).toContain(logs ? '"AES256"' : '"aws:kms"');
        const classes = logs ? [] : [{ StorageClass: 'STANDARD_IA' }, { StorageClass: 'GLACIER_IR' }];
        const [rule] = Object(bucket?.LifecycleConfiguration).Rules;
        expect(rule).toMatchObject({ Status: 'Enabled', ExpirationInDays: expect.any(Number) });
        expect(rule.Transitions ?? []).toMatchObject(classes);
      }
      expect(buckets.filter((bucket) => bucket?.LoggingConfiguration === undefined)).toHaveLength(1);
    }
  });

  it('is emptied with its stack only where data is not kept', () => {
    const emptied = LABELS.filter((label) => resourcesOf(label, 'Custom::S3AutoDeleteObjects').length > 0);
    expect(emptied).toEqual(LABELS.filter((label) => environmentOf(label).settings.data === 'destroy'));
  });
});

describe('the archive', () => {
  it('delivers packed lines as they are, below a prefix that audit reads, in folders by day', () => {
    const [archive] = resourcesOf('prod', 'AWS::KinesisFirehose::DeliveryStream');
    expect(archive?.Properties).toMatchObject({
      DeliveryStreamName: 'shardline-prod-archive',
      DeliveryStreamType: 'DirectPut',
      ExtendedS3DestinationConfiguration: {
        Prefix: 'records/!{timestamp:yyyy/MM/dd}/',
        CompressionFormat: 'GZIP',
        // At most a quarter of an hour, which `shardline audit` allows for.
        BufferingHints: { IntervalInSeconds: 300, SizeInMBs: 64 },
        CloudWatchLoggingOptions: { Enabled: true },
      },
    });
    const destination = Object(archive?.Properties?.ExtendedS3DestinationConfiguration);
    for (const never of [
      'DataFormatConversionConfiguration',
      'DynamicPartitioningConfiguration',
      'ProcessingConfiguration',
    ])
      expect(destination[never], never).toBeUndefined();
    expect(destination.ErrorOutputPrefix).not.toMatch(/^records/);
  });

  it('is left out where it is not wanted', () => {
    expect(resourcesOf('provisioned', 'AWS::KinesisFirehose::DeliveryStream')).toEqual([]);
  });
});

describe('what holds data', () => {
  it('outlives its stack where the environment says so, and goes with it where not', () => {
    for (const label of LABELS) {
      const expected = environmentOf(label).settings.data === 'retain' ? 'Retain' : 'Delete';
      const holders = ['AWS::Kinesis::Stream', 'AWS::DynamoDB::GlobalTable', 'AWS::KMS::Key', 'AWS::Logs::LogGroup'];
      const policies = holders.flatMap((type) => resourcesOf(label, type));
      expect(policies.length).toBeGreaterThan(0);
      for (const { Type, DeletionPolicy, UpdateReplacePolicy } of policies)
        expect([DeletionPolicy, UpdateReplacePolicy], `${label} ${Type}`).toEqual([expected, expected]);
      const [table] = resourcesOf(label, 'AWS::DynamoDB::GlobalTable');
      expect(table?.Properties?.Replicas).toMatchObject([{ DeletionProtectionEnabled: expected === 'Retain' }]);
    }
  });

  it('carries the tags that costs are told apart by', () => {
    const [key] = resourcesOf('preview', 'AWS::KMS::Key');
    expect(key?.Properties?.Tags).toEqual([
      { Key: 'application', Value: 'shardline' },
      { Key: 'cost-center', Value: 'shardline' },
      { Key: 'environment', Value: 'preview' },
      { Key: 'suffix', Value: 'pr-7' },
    ]);
  });
});
