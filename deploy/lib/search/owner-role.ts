import { Stack } from 'aws-cdk-lib';
import { PolicyDocument, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { because } from '../rights/because.ts';
import { ownDomain } from './rights.ts';

/** Who may do everything inside a domain: a one-off task of ECS, which runs `shardline doctor --apply` as this role. */
export class OwnerRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    const { account, region, partition } = Stack.of(this);
    const arn = Stack.of(this).formatArn({ service: 'es', resource: 'domain', resourceName: name });
    this.role = new Role(this, 'Role', {
      roleName: `${name}-search-owner-${region}`,
      description: 'Master user of the OpenSearch domain, for one-off tasks',
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:ecs:${region}:${account}:*` },
        },
      }),
      inlinePolicies: { own: new PolicyDocument({ statements: [ownDomain(arn)] }) },
    });
    because(this.role, '/*', 'Paths of OpenSearch, in this one domain, whose master user it is.');
  }
}
