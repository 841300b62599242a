import { type App, Tags } from 'aws-cdk-lib';
import { DeliveryStack } from './delivery/delivery-stack.ts';
import { type Environment, nameOf } from './environment/environment.ts';
import { costTags } from './environment/stack-props.ts';
import { JobsStack } from './jobs/jobs-stack.ts';
import { ManagedStack } from './managed/managed-stack.ts';
import { NetworkStack } from './network/network-stack.ts';
import { ObservabilityStack } from './observability/observability-stack.ts';
import { SearchStack } from './search/search-stack.ts';
import { adoptedSearch } from './search/search-target.ts';
import { runsWorkers, ServiceStack } from './service/service-stack.ts';
import { StreamStack } from './stream/stream-stack.ts';

/** Every stack of an environment, each handed what it needs of those before it. */
export const compose = (app: App, environment: Environment) => {
  const network = new NetworkStack(app, environment);
  const stream = new StreamStack(app, environment);
  const search = adoptedSearch(environment) ?? new SearchStack(app, environment, network);
  const managed = environment.settings.managed.enabled
    ? new ManagedStack(app, environment, { network, stream, search })
    : undefined;
  const service = runsWorkers(environment)
    ? new ServiceStack(app, environment, { network, stream, search })
    : undefined;
  const jobs =
    environment.settings.jobs.run_on === 'none'
      ? undefined
      : new JobsStack(app, environment, { network, stream, search });
  const observability = new ObservabilityStack(app, environment, {
    stream,
    managed: managed && {
      lambda: managed.function.lambda,
      failed: managed.function.failed,
      deliveryStreamName: nameOf(environment, 'managed'),
    },
    jobs,
  });
  const { github } = environment.settings.delivery;
  const delivery = github === undefined ? undefined : new DeliveryStack(app, environment, github);
  for (const [key, value] of Object.entries(costTags(environment))) Tags.of(app).add(key, value);
  return { network, stream, search, managed, service, jobs, observability, delivery };
};
