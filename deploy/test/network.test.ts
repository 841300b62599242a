import { describe, expect, it } from 'vitest';
import { LABELS, type Label } from './support/environments.ts';
import { resourcesOf } from './support/templates.ts';

const endpoints = (label: Label) =>
  resourcesOf(label, 'AWS::EC2::VPCEndpoint').map(({ Properties = {} }) => ({
    name: JSON.stringify(Properties.ServiceName).match(/([\w-]+(?:\.(?:api|dkr))?)"?[\]}"]*$/)?.[1],
    policy: Properties.PolicyDocument,
  }));

describe('the network', () => {
  it('has no way to the internet unless it is asked for', () => {
    for (const label of LABELS) {
      const expected = label === 'provisioned' ? 1 : 0;
      expect(resourcesOf(label, 'AWS::EC2::NatGateway'), label).toHaveLength(expected);
      expect(resourcesOf(label, 'AWS::EC2::InternetGateway'), label).toHaveLength(expected);
    }
  });

  it('spans as many zones as it is told', () => {
    expect(resourcesOf('dev', 'AWS::EC2::Subnet')).toHaveLength(2);
    expect(resourcesOf('prod', 'AWS::EC2::Subnet')).toHaveLength(3);
  });

  it('has an endpoint for all that the workers ask', () => {
    const names = (label: Label) => endpoints(label).map(({ name }) => name);
    expect(names('prod').sort()).toEqual(
      ['dynamodb', 'ecr.api', 'ecr.dkr', 'kinesis-firehose', 'kinesis-streams', 'kms', 'logs', 's3', 'sqs'].sort(),
    );
    expect(names('provisioned').sort()).toEqual(['aps-workspaces', 'dynamodb', 'logs', 's3', 'secretsmanager', 'sts']);
  });

  it('lets through its endpoints what is listed, of this account', () => {
    for (const label of LABELS)
      for (const { name, policy } of endpoints(label)) {
        const { Statement } = Object(policy);
        const [ours, layers, ...more] = Statement;
        expect(Object.keys(ours.Condition.StringEquals), name).toEqual(['aws:PrincipalAccount']);
        expect(Object.keys(ours.Condition.StringEqualsIfExists), name).toEqual(['aws:ResourceAccount']);
        expect([ours.Action].flat().every((action: string) => /^[a-z0-9]+:[A-Z][A-Za-z]+$/.test(action))).toBe(true);
        // The layers of images lie in a bucket of AWS's own.
        expect(layers?.Action).toBe(name === 's3' ? 's3:GetObject' : undefined);
        expect(more).toEqual([]);
      }
  });

  it('lets only workers, by TLS, to its endpoints and its search, and Firehose to the latter where it delivers', () => {
    for (const label of LABELS) {
      const inline = resourcesOf(label, 'AWS::EC2::SecurityGroup').flatMap(
        ({ Properties }) => Properties?.SecurityGroupIngress ?? [],
      );
      expect(inline).toEqual([]);
      const rules = resourcesOf(label, 'AWS::EC2::SecurityGroupIngress')
        .map(({ Properties }) => Properties)
        // Within the group of Spark jobs: jobs.test.ts.
        .filter((rule) => rule?.Description !== 'Workers of a job');
      expect(rules).toHaveLength(label === 'adopted' ? 1 : label === 'managed' ? 3 : 2);
      for (const rule of rules) {
        expect([rule?.FromPort, rule?.ToPort]).toEqual([443, 443]);
        const isFirehose = rule?.Description === 'TLS from Firehose' && label === 'managed';
        if (!isFirehose) expect(JSON.stringify(rule?.SourceSecurityGroupId)).toContain('Workers');
      }
    }
  });

  it('logs who talks to whom', () => {
    for (const label of LABELS)
      expect(resourcesOf(label, 'AWS::EC2::FlowLog')).toMatchObject([{ Properties: { TrafficType: 'ALL' } }]);
  });
});
