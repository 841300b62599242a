import { type App, Tags } from 'aws-cdk-lib';
import type { Environment } from './environment/environment.ts';
import { NetworkStack } from './network/network-stack.ts';
import { StreamStack } from './stream/stream-stack.ts';

/** What costs are told apart by. */
const costTags = ({ name, suffix, settings }: Environment) => ({
  application: settings.application,
  environment: name,
  suffix,
  'cost-center': settings.cost_center,
});

/** Every stack of an environment, each handed what it needs of those before it. */
export const compose = (app: App, environment: Environment) => {
  const network = new NetworkStack(app, environment);
  const stream = new StreamStack(app, environment);
  for (const [key, value] of Object.entries(costTags(environment))) Tags.of(app).add(key, value);
  return { network, stream };
};
