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
