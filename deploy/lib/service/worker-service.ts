import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import {
  AwsLogDriverMode,
  Capability,
  Cluster,
  ContainerImage,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Size } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { argue, because } from '../rights/because.ts';
import { collectBeside } from './collector.ts';
import { FollowDesired } from './follow-desired.ts';
import { workerMetric } from './metrics.ts';

export interface WorkerServiceProps {
  readonly name: string;
  readonly vpc: IVpc;
  readonly securityGroups: readonly ISecurityGroup[];
  /** With a tag or a digest. */
  readonly image: string;
  /** Units of 1/1024 processor, with two MiB each. */
  readonly cpu: number;
  readonly workers: { readonly min: number; readonly max: number };
  readonly stopSeconds: number;
  /** The service's configuration; `SHARDLINE_APPLICATION` must be among it. */
  readonly variables: Readonly<Record<string, string>>;
  readonly rights: readonly PolicyStatement[];
  /** A collector that brings each worker's metrics to a workspace of Amazon Managed Service for Prometheus. */
  readonly collector?: { readonly image: string; readonly workspace: string } | undefined;
  readonly logDays: number;
  readonly removalPolicy: RemovalPolicy;
}

/** As the image has it (Dockerfile). */
const USER = '65532:65532';
const PORT = 8080;
/** Between the end of a worker's own stop and SIGKILL. */
const SPARE_SECONDS = 5;

/** Workers on Fargate (ARM64), as many as they themselves ask for. */
export class WorkerService extends Construct {
  readonly service: FargateService;
  readonly logs: LogGroup;
  /** As whom the workers run. */
  readonly role: Role;

  constructor(scope: Construct, id: string, props: WorkerServiceProps) {
    super(scope, id);
    const { name, vpc, workers, removalPolicy } = props;
    this.logs = new LogGroup(this, 'Logs', {
      logGroupName: `/shardline/${name}/workers`,
      retention: props.logDays,
      removalPolicy,
    });
    this.role = new Role(this, 'Role', { assumedBy: ecsTasks(this), description: `Workers of ${name}` });
    for (const right of props.rights) this.role.addToPolicy(right);
    const cluster = new Cluster(this, 'Cluster', { clusterName: name, vpc });
    argue(
      cluster,
      'AwsSolutions-ECS4',
      'Container Insights is billed by the task; the workers tell CloudWatch themselves what it would, and more.',
    );
    this.service = new FargateService(this, 'Service', {
      serviceName: name,
      cluster,
      taskDefinition: this.#task(props),
      securityGroups: [...props.securityGroups],
      assignPublicIp: false,
      enableExecuteCommand: false,
      // No desired count: each update would set it anew. Nobody leaves before another has come. At least one more may start with the fewest workers there are.
      minHealthyPercent: 100,
      maxHealthyPercent: 100 + Math.ceil(100 / workers.min),
      circuitBreaker: { rollback: true },
    });
    new FollowDesired(this, 'Scaling', {
      service: this.service,
      desired: workerMetric(String(props.variables.SHARDLINE_APPLICATION), 'DesiredWorkers', 'Maximum'),
      ...workers,
      name: `${name}-workers`,
    });
  }

  /** As whom ECS fetches the image and writes the log. */
  #starter(name: string): Role {
    return new Role(this, 'Starter', { assumedBy: ecsTasks(this), description: `Starts the workers of ${name}` });
  }

  #task(props: WorkerServiceProps): FargateTaskDefinition {
    const { name, cpu, stopSeconds } = props;
    const task = new FargateTaskDefinition(this, 'Task', {
      family: name,
      taskRole: this.role,
      executionRole: this.#starter(name),
      cpu,
      memoryLimitMiB: 2 * cpu,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
    });
    task.addContainer('worker', {
      image: imageOf(this, 'Image', props.image, task),
      user: USER,
      readonlyRootFilesystem: true,
      linuxParameters: noCapabilities(this),
      portMappings: [{ containerPort: PORT }],
      stopTimeout: Duration.seconds(stopSeconds),
      environment: {
        ...props.variables,
        SHARDLINE_METRICS_EMF: 'stdout',
        SHARDLINE_HTTP_PORT: String(PORT),
        SHARDLINE_SHUTDOWN_TIMEOUT: `${stopSeconds - SPARE_SECONDS}s`,
      },
      healthCheck: {
        // ECS takes no check from the image ("Determine Amazon ECS task health using container health checks").
        command: ['CMD', 'node', '/app/bin/shardline.js', 'livez'],
        interval: Duration.seconds(30),
        timeout: Duration.seconds(10),
        retries: 3,
        startPeriod: Duration.seconds(60),
      },
      logging: LogDrivers.awsLogs({
        logGroup: this.logs,
        streamPrefix: 'worker',
        // A log that is not taken must not hold up a worker: it would lose its leases.
        mode: AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(16),
      }),
    });
    if (props.collector) {
      const { image, workspace } = props.collector;
      const beside = imageOf(this, 'CollectorImage', image, task);
      collectBeside(task, { image: beside, workspace, port: PORT, job: name, logs: this.logs });
    }
    argue(
      task,
      'AwsSolutions-ECS2',
      'The variables are configuration; what is secret comes from a role, or from a secret of your own.',
    );
    return task;
  }
}

/** ECS, for tasks of this account only ("Amazon ECS task IAM role", on the confused deputy). */
const ecsTasks = (scope: Construct): ServicePrincipal => {
  const { account, region, partition } = Stack.of(scope);
  return new ServicePrincipal('ecs-tasks.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': account },
      ArnLike: { 'aws:SourceArn': `arn:${partition}:ecs:${region}:${account}:*` },
    },
  });
};

const noCapabilities = (scope: Construct): LinuxParameters => {
  const parameters = new LinuxParameters(scope, 'Linux');
  parameters.dropCapabilities(Capability.ALL);
  return parameters;
};

const ECR =
  /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([\w./-]+?)(?::([\w.-]+)|@(sha256:[0-9a-f]{64}))$/;

/** An image of ECR, with the rights to fetch it, or of any registry that asks nobody. */
const imageOf = (scope: Construct, id: string, image: string, task: FargateTaskDefinition): ContainerImage => {
  const [, account, region, repositoryName, tag, digest] = ECR.exec(image) ?? [];
  if (account === undefined || region === undefined || repositoryName === undefined)
    return ContainerImage.fromRegistry(image);
  const repositoryArn = `arn:${Stack.of(scope).partition}:ecr:${region}:${account}:repository/${repositoryName}`;
  const repository = Repository.fromRepositoryAttributes(scope, id, { repositoryArn, repositoryName });
  repository.grantPull(task.obtainExecutionRole());
  const policy = task.obtainExecutionRole().node.findChild('DefaultPolicy');
  because(policy, '*', 'A token for ECR is for no repository in particular: its action takes no resource.');
  return ContainerImage.fromEcrRepository(repository, digest ?? tag);
};
