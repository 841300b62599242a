import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { compose } from '../lib/compose.ts';
import { chooseEnvironment } from '../lib/environment/choose.ts';
import { fileOfEnvironments } from './support/environments.ts';
import { everyTemplate, resourcesOf } from './support/templates.ts';

const deliveryOf = (label: 'managed' | 'adopted') =>
  resourcesOf(label, 'AWS::KinesisFirehose::DeliveryStream').find(
    ({ Properties }) => Properties?.DeliveryStreamType === 'KinesisStreamAsSource',
  )?.Properties;

const refused = (context: Readonly<Record<string, string>>): string => {
  try {
    chooseEnvironment(fileOfEnvironments(), 'f', { env: 'dev', 'managed.enabled': 'true', ...context });
  } catch (error) {
    return String(error);
  }
  return '';
};

const ADOPTED = {
  'search.domain_arn': 'arn:aws:es:eu-central-1:123456789012:domain/music',
  'search.endpoint': 'https://music.example.com',
};

describe('the managed variant', () => {
  it('is not there unless it is asked for', () => {
    expect(everyTemplate().flatMap(({ label, stack }) => (stack === 'managed' ? [label] : []))).toEqual([
      'adopted',
      'managed',
    ]);
  });

  it('delivers into daily indices, 5 MB or 60 s at a time, and only what failed to S3', () => {
    expect(deliveryOf('managed')).toMatchObject({
      DeliveryStreamName: 'shardline-staging-managed',
      AmazonopensearchserviceDestinationConfiguration: {
        DomainARN: { 'Fn::ImportValue': expect.stringContaining('search') },
        IndexName: 'music-events',
        IndexRotationPeriod: 'OneDay',
        BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 60 },
        RetryOptions: { DurationInSeconds: 7_200 },
        DocumentIdOptions: { DefaultDocumentIdFormat: 'FIREHOSE_DEFAULT' },
        S3BackupMode: 'FailedDocumentsOnly',
        S3Configuration: { ErrorOutputPrefix: expect.stringMatching(/^managed\/!\{firehose:error-output-type\}\//) },
      },
    });
  });

  it('enters the VPC of the domain: of the one that is made here by a security group of its own', () => {
    const [own] = resourcesOf('managed', 'AWS::EC2::SecurityGroup').filter(
      ({ Properties }) => Properties?.GroupName === 'shardline-staging-managed',
    );
    expect(own?.Properties?.SecurityGroupIngress).toBeUndefined();
    const destination = (label: 'managed' | 'adopted') =>
      deliveryOf(label)?.AmazonopensearchserviceDestinationConfiguration;
    expect(destination('managed')).toMatchObject({
      VpcConfiguration: {
        SubnetIds: [{ 'Fn::ImportValue': expect.any(String) }, { 'Fn::ImportValue': expect.any(String) }],
        SecurityGroupIds: [{ 'Fn::GetAtt': [expect.stringMatching(/^SecurityGroup/), 'GroupId'] }],
      },
    });
    const into = resourcesOf('managed', 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties);
    expect(into).toContainEqual(
      expect.objectContaining({ FromPort: 443, ToPort: 443, Description: 'TLS from Firehose' }),
    );
    expect(destination('adopted')).toMatchObject({
      DomainARN: ADOPTED['search.domain_arn'],
      VpcConfiguration: { SubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'], SecurityGroupIds: ['sg-0a1b2c3d'] },
    });
    expect(deliveryOf('adopted')).toMatchObject({
      KinesisStreamSourceConfiguration: { KinesisStreamARN: 'arn:aws:kinesis:eu-central-1:123456789012:stream/orders' },
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

  it('counts failed records of each environment by itself, by reason and in all', () => {
    const application = { Key: 'application', Value: '$.application' };
    const counted = (...dimensions: readonly object[]) => ({
      Properties: {
        FilterPattern: '{ $.reason = "*" }',
        MetricTransformations: [
          { Dimensions: dimensions, MetricName: 'FailedRecords', MetricNamespace: 'Shardline/Managed' },
        ],
      },
    });
    const filters = resourcesOf('managed', 'AWS::Logs::MetricFilter');
    expect(filters).toMatchObject([counted(application, { Key: 'reason', Value: '$.reason' }), counted(application)]);
    expect(functionOf('managed')).toMatchObject({
      Environment: { Variables: { SHARDLINE_APPLICATION: 'shardline-staging' } },
    });
  });

  it('is refused with a collection, half in a VPC, or with a configuration that the function would refuse', () => {
    expect(refused({})).toBe('');
    expect(refused({ 'search.kind': 'collection' })).toContain('expected domain beside managed.enabled');
    const subnets = { 'managed.subnets': 'subnet-0a1b2c3d' };
    expect(refused(subnets)).toContain('expected search.domain_arn beside it');
    expect(refused({ ...ADOPTED, ...subnets })).toContain('managed.security_groups');
    expect(refused(ADOPTED)).toBe('');
    const variables = (value: object) => refused({ 'managed.variables': JSON.stringify(value) });
    expect(variables({ SHARDLINE_DECODE: 'xml' })).toMatch(
      /SHARDLINE_DECODE: "xml" – expected one of json, ndjson, raw/,
    );
    expect(variables({ SHARDLINE_INDEX_WINDOW_OUTSIDE: 'late' })).toContain('dead-letter');
    expect(variables({ SHARDLINE_DECOD: 'json' })).toContain('means nothing');
    expect(variables({ DECODE: 'json' })).toContain('a mapping of names');
  });

  it('is refused with a transform that cannot be bundled, before a template is written', () => {
    const asked = { env: 'dev', 'managed.enabled': 'true', 'managed.transform': './nowhere.ts' };
    const environment = chooseEnvironment(fileOfEnvironments(), 'f', asked);
    expect(() => compose(new App(), environment)).toThrow(/managed\.transform \(dev\): ".*" – .*there is no file/);
  });
});
