import { RemovalPolicy, type StackProps } from 'aws-cdk-lib';
import { type Environment, nameOf } from './environment.ts';

/** What costs are told apart by; and by `environment` and `suffix` a preview that was left behind is found. */
export const costTags = ({ name, suffix, settings }: Environment): Record<string, string> => ({
  application: settings.application,
  environment: name,
  suffix,
  'cost-center': settings.cost_center,
});

/** Where a stack goes and what it is called. Without an account it goes to that of the credentials. */
export const stackProps = (environment: Environment, part: string, description: string): StackProps => {
  const { account, region, data } = environment.settings;
  return {
    env: { region, ...(account !== undefined && { account }) },
    stackName: nameOf(environment, part),
    description: `Shardline, ${environment.suffix}: ${description}`,
    // The app's tags reach resources only: the stack itself has those that it is given ("@aws-cdk/core:explicitStackTags").
    tags: costTags(environment),
    terminationProtection: data === 'retain',
  };
};

/** For what holds data: kept in the environments that retain it, gone with its stack in the others. */
export const removalPolicy = ({ settings: { data } }: Environment): RemovalPolicy =>
  data === 'retain' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
