import { describe, expect, it } from 'vitest';
import { LABELS } from './support/environments.ts';
import { resourcesOf } from './support/templates.ts';

describe('a domain', () => {
  const [domain] = resourcesOf('prod', 'AWS::OpenSearchService::Domain');

  it('stands in the VPC, in every zone, encrypted at rest and between its nodes, behind TLS 1.2', () => {
    expect(domain?.Properties).toMatchObject({
      DomainName: 'shardline-prod',
      VPCOptions: { SubnetIds: [expect.anything(), expect.anything(), expect.anything()] },
      ClusterConfig: { InstanceCount: 3, ZoneAwarenessConfig: { AvailabilityZoneCount: 3 }, DedicatedMasterCount: 3 },
      EncryptionAtRestOptions: { Enabled: true },
      NodeToNodeEncryptionOptions: { Enabled: true },
      DomainEndpointOptions: { EnforceHTTPS: true, TLSSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
    });
  });

  it('knows roles of IAM only, and the owner as the one that may do everything', () => {
    const options = Object(domain?.Properties?.AdvancedSecurityOptions);
    expect(options).toMatchObject({ Enabled: true, InternalUserDatabaseEnabled: false });
    expect(JSON.stringify(options.MasterUserOptions)).toContain('OwnerRole');
  });

  it('publishes all of its logs, to groups that it alone may write to', () => {
    expect(Object.keys(Object(domain?.Properties?.LogPublishingOptions)).sort()).toEqual([
      'AUDIT_LOGS',
      'ES_APPLICATION_LOGS',
      'INDEX_SLOW_LOGS',
      'SEARCH_SLOW_LOGS',
    ]);
    const [policy] = resourcesOf('prod', 'AWS::Logs::ResourcePolicy');
    const text = JSON.stringify(policy?.Properties?.PolicyDocument);
    expect(text).toContain('es.amazonaws.com');
    expect(text).toMatch(/aws:SourceArn.*domain\/shardline-prod/);
    expect(text).not.toContain('*');
  });

  it('makes the role of the account that it enters the VPC with only where it is told to, and leaves it there', () => {
    const made = LABELS.filter((label) => resourcesOf(label, 'AWS::IAM::ServiceLinkedRole').length > 0);
    expect(made).toEqual(['ecs']);
    expect(resourcesOf('ecs', 'AWS::IAM::ServiceLinkedRole')).toMatchObject([{ DeletionPolicy: 'Retain' }]);
  });

  it('that exists already is neither made nor changed', () => {
    expect(resourcesOf('adopted', 'AWS::OpenSearchService::Domain')).toEqual([]);
  });
});

describe('a serverless collection', () => {
  it('is of the one type that takes document ids', () => {
    expect(resourcesOf('provisioned', 'AWS::OpenSearchServerless::Collection')).toMatchObject([
      { Properties: { Name: 'shardline-dev', Type: 'SEARCH', StandbyReplicas: 'DISABLED' } },
    ]);
  });

  it('is encrypted, and reached from the VPC only', () => {
    const [network] = resourcesOf('provisioned', 'AWS::OpenSearchServerless::SecurityPolicy').filter(
      ({ Properties }) => Properties?.Type === 'network',
    );
    const text = JSON.stringify(network?.Properties?.Policy);
    expect(text).toContain('AllowFromPublic\\":false');
    expect(text).toContain('SearchEndpoint');
    const encryption = resourcesOf('provisioned', 'AWS::OpenSearchServerless::SecurityPolicy').filter(
      ({ Properties }) => Properties?.Type === 'encryption',
    );
    expect(encryption).toHaveLength(1);
  });

  it('and a domain are never both there', () => {
    for (const label of LABELS) {
      const both = ['AWS::OpenSearchService::Domain', 'AWS::OpenSearchServerless::Collection'];
      const expected = label === 'adopted' ? 0 : 1;
      expect(
        both.flatMap((type) => resourcesOf(label, type)),
        label,
      ).toHaveLength(expected);
    }
  });
});
