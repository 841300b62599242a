import { describe, expect, it } from 'vitest';
import { chooseEnvironment } from '../lib/environment/choose.ts';
import { fileOfEnvironments } from './support/environments.ts';
import { everyTemplate, resourcesOf } from './support/templates.ts';

const deliveryOf = (label: 'managed' | 'adopted') =>
  resourcesOf(label, 'AWS::KinesisFirehose::DeliveryStream').find(
    ({ Properties }) => Properties?.DeliveryStreamType === 'KinesisStreamAsSource',
  )?.Properties;

const refused = (context: Readonly<Record<string, string>>): string => {
  try {
    chooseEnvironment(fileOfEnvironments(), 'f', { env: 'dev', 'managed.delivery': 'true', ...context });
  } catch (error) {
    return String(error);
  }
  return '';
};

const DOMAIN = { 'managed.domain_arn': 'arn:aws:es:eu-central-1:123456789012:domain/music' };

describe('the managed variant', () => {
  it('is not there unless it is asked for', () => {
    expect(everyTemplate().flatMap(({ label, stack }) => (stack === 'managed' ? [label] : []))).toEqual([
      'adopted',
      'managed',
    ]);
  });

  it('delivers into daily indices, 5 MB or 60 s at a time, and only what failed to S3', () => {
    expect(deliveryOf('managed')).toMatchObject({
      DeliveryStreamName: 'shardline-dev-managed',
      AmazonopensearchserviceDestinationConfiguration: {
        DomainARN: DOMAIN['managed.domain_arn'],
        IndexName: 'music-events',
        IndexRotationPeriod: 'OneDay',
        BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 },
        RetryOptions: { DurationInSeconds: 7_200 },
        DocumentIdOptions: { DefaultDocumentIdFormat: 'FIREHOSE_DEFAULT' },
        S3BackupMode: 'FailedDocumentsOnly',
        S3Configuration: { ErrorOutputPrefix: expect.stringMatching(/^managed\/!\{firehose:error-output-type\}\//) },
      },
    });
    expect(JSON.stringify(deliveryOf('managed'))).not.toContain('VpcConfiguration');
  });

  it('enters the VPC of a domain that stands in one', () => {
    expect(deliveryOf('adopted')).toMatchObject({
      KinesisStreamSourceConfiguration: { KinesisStreamARN: 'arn:aws:kinesis:eu-central-1:123456789012:stream/orders' },
      AmazonopensearchserviceDestinationConfiguration: {
        VpcConfiguration: { SubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'], SecurityGroupIds: ['sg-0a1b2c3d'] },
      },
    });
  });

  const functionOf = (label: 'managed' | 'adopted') =>
    resourcesOf(label, 'AWS::Lambda::Function')
      .map(({ Properties }) => Properties)
      .find((properties) => properties?.Handler === 'index.handler' && properties.FunctionName !== undefined);

  it('has every record transformed by the function, on ARM and Node 24, for as long as Firehose waits', () => {
    expect(functionOf('adopted')).toMatchObject({
      FunctionName: 'shardline-prod-transform',
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 300,
      MemorySize: 512,
      ReservedConcurrentExecutions: 50,
      Environment: { Variables: { SHARDLINE_APPLICATION: 'shardline-prod', SHARDLINE_DECODE: 'ndjson' } },
    });
    expect(functionOf('managed')).toBeDefined();
    expect(functionOf('managed')).not.toHaveProperty('ReservedConcurrentExecutions');
    const delivery = JSON.stringify(deliveryOf('adopted'));
    expect(delivery).toMatch(/"ParameterName":"LambdaArn","ParameterValue":\{"Fn::GetAtt":\["TransformFunction/);
    expect(delivery).toContain('"ParameterName":"NumberOfRetries","ParameterValue":"3"');
    expect(delivery).toContain('"ParameterName":"BufferSizeInMBs","ParameterValue":"1"');
  });

  it('counts failed records by reason', () => {
    expect(resourcesOf('managed', 'AWS::Logs::MetricFilter')).toMatchObject([
      {
        Properties: {
          FilterPattern: '{ $.reason = "*" }',
          MetricTransformations: [{ Dimensions: [{ Key: 'reason', Value: '$.reason' }], MetricName: 'FailedRecords' }],
        },
      },
    ]);
  });

  it('is refused without a domain, half in a VPC, or with a configuration that the function would refuse', () => {
    expect(refused({})).toContain('managed.domain_arn');
    expect(refused(DOMAIN)).toBe('');
    expect(refused({ 'managed.domain_arn': 'arn:aws:es:us-east-1:123456789012:domain/music' })).toContain('us-east-1');
    expect(refused({ ...DOMAIN, 'managed.subnets': 'subnet-0a1b2c3d' })).toContain('managed.security_groups');
    const variables = (value: object) => refused({ ...DOMAIN, 'managed.variables': JSON.stringify(value) });
    expect(variables({ SHARDLINE_DECODE: 'xml' })).toMatch(
      /SHARDLINE_DECODE: "xml" – expected one of json, ndjson, raw/,
    );
    expect(variables({ SHARDLINE_INDEX_WINDOW_OUTSIDE: 'late' })).toContain('dead-letter');
    expect(variables({ SHARDLINE_DECOD: 'json' })).toContain('means nothing');
    expect(variables({ DECODE: 'json' })).toContain('a mapping of names');
  });
});
