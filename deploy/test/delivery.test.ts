import { describe, expect, it } from 'vitest';
import { resourcesOf } from './support/templates.ts';

const SUB = 'token.actions.githubusercontent.com:sub';

describe('what workflows on GitHub are lent', () => {
  it('is for jobs of one repository in one environment alone', () => {
    for (const [label, environment] of [
      ['preview', 'preview'],
      ['adopted', 'prod'],
    ] as const) {
      const roles = resourcesOf(label, 'AWS::IAM::Role').filter(({ Properties }) =>
        JSON.stringify(Properties?.AssumeRolePolicyDocument).includes('sts:AssumeRoleWithWebIdentity'),
      );
      expect(roles).toHaveLength(1);
      const trusted = JSON.stringify(roles[0]?.Properties?.AssumeRolePolicyDocument);
      expect(trusted).toContain(`"${SUB}":"repo:acme/shardline:environment:${environment}"`);
      expect(trusted).toContain('"StringEquals"');
      expect(trusted).not.toMatch(/StringLike|\*/);
      expect(roles[0]?.Properties).toMatchObject({ MaxSessionDuration: 10_800 });
    }
  });

  it('is nothing where no repository is named', () => {
    for (const type of ['AWS::ECR::Repository', 'AWS::IAM::OIDCProvider']) expect(resourcesOf('dev', type)).toEqual([]);
  });

  it('uses the account’s provider where there is one', () => {
    expect(resourcesOf('preview', 'AWS::IAM::OIDCProvider')).toHaveLength(1);
    expect(resourcesOf('adopted', 'AWS::IAM::OIDCProvider')).toEqual([]);
  });

  it('has a registry whose tags stay, scanned, and kept with the environment’s data', () => {
    const common = { ImageTagMutability: 'IMMUTABLE', ImageScanningConfiguration: { ScanOnPush: true } };
    expect(resourcesOf('preview', 'AWS::ECR::Repository')).toMatchObject([
      { DeletionPolicy: 'Delete', Properties: { ...common, RepositoryName: 'shardline-pr-7', EmptyOnDelete: true } },
    ]);
    expect(resourcesOf('adopted', 'AWS::ECR::Repository')).toMatchObject([
      { DeletionPolicy: 'Retain', Properties: { ...common, RepositoryName: 'shardline-prod' } },
    ]);
  });

  it('may list stacks only where previews are swept', () => {
    const policies = (label: 'preview' | 'adopted') => JSON.stringify(resourcesOf(label, 'AWS::IAM::Policy'));
    expect(policies('preview')).toContain('cloudformation:DescribeStacks');
    expect(policies('adopted')).not.toContain('cloudformation:');
  });
});
