import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Repository } from 'aws-cdk-lib/aws-ecr';
import type { Construct } from 'constructs';
import { type Environment, nameOf } from '../environment/environment.ts';
import { removalPolicy, stackProps } from '../environment/stack-props.ts';
import { Registry } from './registry.ts';
import { WorkflowRole } from './workflow-role.ts';

/** What workflows on GitHub need of an environment. An administrator makes it once; the workflows cannot change it. */
export class DeliveryStack extends Stack {
  readonly repository: Repository;

  constructor(scope: Construct, environment: Environment, github: string) {
    super(scope, 'delivery', stackProps(environment, 'delivery', 'what its workflows on GitHub are lent'));
    const name = nameOf(environment, 'delivery');
    this.repository = new Registry(this, 'Registry', {
      name: nameOf(environment),
      removalPolicy: removalPolicy(environment),
    }).repository;
    const { role } = new WorkflowRole(this, 'Workflows', {
      name,
      github,
      environment: environment.name,
      providerArn: environment.settings.delivery.provider_arn,
      repository: this.repository,
      lists: environment.name === 'preview',
    });
    // By these names the workflows ask for them, as variables of GitHub's environment.
    new CfnOutput(this, 'AwsRoleArn', { description: 'AWS_ROLE_ARN', value: role.roleArn });
    new CfnOutput(this, 'EcrRepository', { description: 'ECR_REPOSITORY', value: this.repository.repositoryName });
  }
}
