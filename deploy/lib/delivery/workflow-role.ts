import { Duration, Stack } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { CfnOIDCProvider, PolicyStatement, Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { because } from '../rights/because.ts';

export interface WorkflowRoleProps {
  readonly name: string;
  /** `OWNER/NAME` on GitHub. */
  readonly github: string;
  /** The environment on GitHub in which a job must run: its rules say who approves. */
  readonly environment: string;
  /** Of the account's provider, where it has one. */
  readonly providerArn: string | undefined;
  readonly repository: IRepository;
  /** To look for previews that were left behind. */
  readonly lists: boolean;
}

const GITHUB = 'token.actions.githubusercontent.com';
/** The CDK's bootstrap stack names its roles so ("Customize AWS CDK bootstrapping"). */
const QUALIFIER = 'hnb659fds';
/** The nightly sweep destroys one preview after another. */
const LONGEST = Duration.hours(3);

/**
 * What a workflow on GitHub is lent for a job in one environment: to push the image, and to become the CDK's own roles, which
 * do the rest. No key of it exists anywhere.
 */
export class WorkflowRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: WorkflowRoleProps) {
    super(scope, id);
    const { name, github, environment, repository } = props;
    const provider =
      props.providerArn ??
      new CfnOIDCProvider(this, 'Provider', { url: `https://${GITHUB}`, clientIdList: ['sts.amazonaws.com'] }).attrArn;
    this.role = new Role(this, 'Role', {
      roleName: name,
      description: `Lent to ${github} for jobs in the environment ${environment}`,
      assumedBy: new WebIdentityPrincipal(provider, {
        StringEquals: {
          [`${GITHUB}:aud`]: 'sts.amazonaws.com',
          [`${GITHUB}:sub`]: `repo:${github}:environment:${environment}`,
        },
      }),
      maxSessionDuration: LONGEST,
    });
    for (const statement of this.#statements(repository, props.lists)) this.role.addToPolicy(statement);
    const policy = this.role.node.findChild('DefaultPolicy');
    because(policy, '*', 'Neither a token of the registry nor the list of stacks can be asked for by resource.');
  }

  #statements(repository: IRepository, lists: boolean): PolicyStatement[] {
    const { partition, account, region } = Stack.of(this);
    const roles = ['deploy-role', 'file-publishing-role', 'lookup-role'];
    return [
      new PolicyStatement({
        sid: 'BecomeCdk',
        actions: ['sts:AssumeRole'],
        resources: roles.map(
          (role) => `arn:${partition}:iam::${account}:role/cdk-${QUALIFIER}-${role}-${account}-${region}`,
        ),
      }),
      new PolicyStatement({
        sid: 'PushImage',
        actions: [
          'ecr:BatchCheckLayerAvailability',
          'ecr:BatchGetImage',
          'ecr:CompleteLayerUpload',
          'ecr:DescribeRepositories',
          'ecr:GetDownloadUrlForLayer',
          'ecr:InitiateLayerUpload',
          'ecr:PutImage',
          'ecr:UploadLayerPart',
        ],
        resources: [repository.repositoryArn],
      }),
      new PolicyStatement({ sid: 'SignInToRegistry', actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
      ...(lists
        ? [new PolicyStatement({ sid: 'ListStacks', actions: ['cloudformation:DescribeStacks'], resources: ['*'] })]
        : []),
    ];
  }
}
