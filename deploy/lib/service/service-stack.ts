import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { indexWildcards } from '../../../src/sink/index-pattern.ts';
import { type Environment, nameOf } from '../environment/environment.ts';
import { removalPolicy, stackProps } from '../environment/stack-props.ts';
import { because } from '../rights/because.ts';
import type { SearchTarget } from '../search/search-target.ts';
import { LETTERS_PREFIX, type StreamStack } from '../stream/stream-stack.ts';
import { PodRole } from './pod-role.ts';
import { WorkerService, type WorkerServiceProps } from './worker-service.ts';

export interface ServiceSides {
  readonly network: { readonly vpc: IVpc; readonly workers: ISecurityGroup };
  readonly stream: StreamStack;
  readonly search: SearchTarget;
}

/** The service account of the chart's release: its full name, where the release is called as the environment. */
const serviceAccountOf = (environment: Environment): string => nameOf(environment);

/** Whether the environment has what it takes to run workers. */
export const runsWorkers = ({ settings: { service } }: Environment): boolean =>
  service.platform === 'ecs' ? service.image !== undefined : service.cluster !== undefined;

/** Workers on ECS, or what workers on EKS need of AWS. */
export class ServiceStack extends Stack {
  /** Undefined on EKS. */
  readonly workers: WorkerService | undefined;
  /** Undefined on ECS. */
  readonly pods: PodRole | undefined;

  constructor(scope: Construct, environment: Environment, sides: ServiceSides) {
    super(scope, 'service', stackProps(environment, 'service', 'the workers'));
    const { stream, search } = sides;
    const rights = [...stream.workerRights, search.workerRights];
    const variables = {
      ...stream.workerVariables,
      ...search.workerVariables,
      ...environment.settings.service.variables,
    };
    const { platform, image, cluster } = environment.settings.service;
    if (platform === 'ecs' && image !== undefined)
      this.workers = this.#onEcs(environment, sides, { image, rights, variables });
    if (platform === 'eks' && cluster !== undefined)
      this.pods = this.#onEks(environment, { cluster, rights, variables });
    const role = this.workers?.role ?? this.pods?.role;
    if (!role) return;
    argueRights(role, search);
    search.collection?.letWork(this, 'CollectionAccess', role.roleArn, indicesOf(variables));
    new CfnOutput(this, 'WorkerRole', {
      value: role.roleArn,
      description: 'As whom the workers run; to be mapped to a role inside a domain with fine-grained access control',
    });
  }

  #onEcs(
    environment: Environment,
    { network }: ServiceSides,
    more: Pick<WorkerServiceProps, 'image' | 'rights' | 'variables'>,
  ): WorkerService {
    const { service, log_days: logDays } = environment.settings;
    return new WorkerService(this, 'Workers', {
      ...more,
      name: nameOf(environment),
      vpc: network.vpc,
      securityGroups: [network.workers],
      cpu: service.cpu,
      workers: { min: service.workers_min, max: service.workers_max },
      stopSeconds: service.stop_seconds,
      collector: collectorOf(environment),
      logDays,
      removalPolicy: removalPolicy(environment),
    });
  }

  #onEks(
    environment: Environment,
    { cluster, rights, variables }: { cluster: string } & Pick<WorkerServiceProps, 'rights' | 'variables'>,
  ): PodRole {
    const { namespace } = environment.settings.service;
    const serviceAccount = serviceAccountOf(environment);
    const told = { ...variables, SHARDLINE_METRICS_EMF: 'stdout' };
    const env = Object.entries(told).map(([name, value]) => ({ name, value }));
    const values = { aws: { region: this.region }, env, fullnameOverride: serviceAccount };
    new CfnOutput(this, 'HelmValues', {
      value: this.toJsonString(values),
      description: `helm upgrade --install ${serviceAccount} helm/shardline --namespace ${namespace} --values FILE`,
    });
    return new PodRole(this, 'Pods', { name: nameOf(environment), cluster, namespace, serviceAccount, rights });
  }
}

const collectorOf = ({ settings: { service } }: Environment): WorkerServiceProps['collector'] => {
  const { collector_image: image, prometheus_workspace: workspace } = service;
  return image === undefined || workspace === undefined ? undefined : { image, workspace };
};

/** The names of the indices of workers so configured, with a wildcard for the date. */
const indicesOf = ({
  SHARDLINE_INDEX: pattern = 'music-events-{yyyy.MM.dd}',
  SHARDLINE_INDEX_WINDOW_OUTSIDE: outside = 'dead-letter',
}: Readonly<Record<string, string>>): readonly string[] =>
  indexWildcards(pattern, outside === 'dead-letter' ? undefined : outside);

const argueRights = (role: Role, search: SearchTarget): void => {
  const policy = role.node.findChild('DefaultPolicy');
  because(
    policy,
    `/${LETTERS_PREFIX}/*`,
    'The key of a dead letter names its day, reason and shard: no list can hold them.',
  );
  if (!search.collection)
    because(
      policy,
      '/*',
      'An index for each day, and the requests that make, search and fill them: paths of one domain.',
    );
};
