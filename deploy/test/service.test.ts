import { describe, expect, it } from 'vitest';
import { chooseEnvironment } from '../lib/environment/choose.ts';
import { EnvironmentError } from '../lib/environment/problem.ts';
import { stepsTo } from '../lib/service/steps.ts';
import { everyTemplate, type Resource, resourcesOf } from './support/templates.ts';

const only = (type: string, label: 'ecs' | 'eks' = 'ecs'): Readonly<Record<string, unknown>> => {
  const found = resourcesOf(label, type);
  expect(found, type).toHaveLength(1);
  return found[0]?.Properties ?? {};
};

const WORKSPACE = 'arn:aws:aps:eu-central-1:123456789012:workspace/ws-0a1b2c3d-0000-4000-8000-00000000abcd';

/** The tasks that a policy sets for a number. */
const tasksFor = (desired: number, steps: ReturnType<typeof stepsTo>): number | undefined =>
  steps.findLast(({ from }) => desired >= from)?.tasks;

describe('the number of tasks', () => {
  it('is the number that is desired, between the fewest and the most', () => {
    const steps = stepsTo(2, 10);
    expect([1, 2, 3, 9, 10, 64].map((desired) => tasksFor(desired, steps))).toEqual([2, 2, 3, 9, 10, 10]);
    expect(stepsTo(3, 3)).toEqual([{ from: 0, tasks: 3 }]);
  });

  it('is never smaller, and hardly larger, where there are more numbers than steps', () => {
    const steps = stepsTo(1, 200);
    expect(steps).toHaveLength(20);
    for (let desired = 1; desired <= 200; desired += 1) {
      const tasks = tasksFor(desired, steps) ?? 0;
      expect(tasks).toBeGreaterThanOrEqual(desired);
      expect(tasks - desired).toBeLessThanOrEqual(10);
    }
  });
});

describe('workers on ECS', () => {
  it('are replaced by new ones that come before they go, and again by the old ones where those fail', () => {
    expect(only('AWS::ECS::Service')).toMatchObject({
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        // Of two, one more.
        MaximumPercent: 150,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
      LaunchType: 'FARGATE',
      NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: 'DISABLED' } },
    });
    // Set by the scaling alone: each update would set it anew.
    expect(only('AWS::ECS::Service')).not.toHaveProperty('DesiredCount');
  });

  it('run on ARM64, as nobody, on a root that is read-only, with a check and time to stop', () => {
    const task = only('AWS::ECS::TaskDefinition');
    expect(task).toMatchObject({
      Cpu: '1024',
      Memory: '2048',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
    const [worker, ...others] = task.ContainerDefinitions as Record<string, unknown>[];
    expect(others).toEqual([]);
    expect(worker).toMatchObject({
      User: '65532:65532',
      ReadonlyRootFilesystem: true,
      LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
      StopTimeout: 60,
      HealthCheck: { Command: ['CMD', 'node', '/app/bin/shardline.js', 'livez'] },
      LogConfiguration: { LogDriver: 'awslogs', Options: { mode: 'non-blocking' } },
    });
    const variables = Object.fromEntries(
      ((worker?.Environment ?? []) as { Name: string; Value: unknown }[]).map(({ Name, Value }) => [Name, Value]),
    );
    expect(variables).toMatchObject({
      SHARDLINE_APPLICATION: 'shardline-staging',
      SHARDLINE_STREAM: 'shardline-staging',
      SHARDLINE_OPENSEARCH_SERVICE: 'es',
      SHARDLINE_DECODE: 'ndjson',
      SHARDLINE_METRICS_EMF: 'stdout',
      // Before it is killed.
      SHARDLINE_SHUTDOWN_TIMEOUT: '55s',
    });
    expect(Object.keys(variables)).toEqual(
      expect.arrayContaining(['SHARDLINE_OPENSEARCH_NODE', 'SHARDLINE_DEAD_LETTER_TO', 'SHARDLINE_ARCHIVE_TO']),
    );
  });

  it('are as many as the metric says, by an alarm that is on whenever there is a number', () => {
    const target = only('AWS::ApplicationAutoScaling::ScalableTarget');
    expect(target).toMatchObject({ MinCapacity: 2, MaxCapacity: 40, ScalableDimension: 'ecs:service:DesiredCount' });
    const policy = only('AWS::ApplicationAutoScaling::ScalingPolicy');
    expect(policy).toMatchObject({
      PolicyType: 'StepScaling',
      StepScalingPolicyConfiguration: { AdjustmentType: 'ExactCapacity', MetricAggregationType: 'Maximum' },
    });
    const { StepAdjustments: steps } = policy.StepScalingPolicyConfiguration as {
      StepAdjustments: readonly Record<string, number>[];
    };
    // No gap between them, none below the first or above the last ("StepAdjustment", Application Auto Scaling API).
    expect(steps[0]).toEqual({ MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 2.5, ScalingAdjustment: 2 });
    expect(steps.at(-1)).toEqual({ MetricIntervalLowerBound: 38.5, ScalingAdjustment: 40 });
    for (const [at, step] of steps.entries())
      if (at > 0) expect(step.MetricIntervalLowerBound).toBe(steps[at - 1]?.MetricIntervalUpperBound);
    expect(steps.length).toBeLessThanOrEqual(20);
    const alarms = resourcesOf('ecs', 'AWS::CloudWatch::Alarm').filter(
      ({ Properties }) => Properties?.MetricName === 'DesiredWorkers',
    );
    expect(alarms.map(({ Properties }) => Properties)).toMatchObject([
      {
        Namespace: 'Shardline',
        Dimensions: [{ Name: 'Application', Value: 'shardline-staging' }],
        Statistic: 'Maximum',
        Period: 60,
        Threshold: 0,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      },
    ]);
  });

  it('fetch an image of ECR by rights to it alone, and any other without', () => {
    const pulls = (label: 'ecs' | 'provisioned') =>
      JSON.stringify(resourcesOf(label, 'AWS::IAM::Policy')).includes('ecr:BatchGetImage');
    expect([pulls('ecs'), pulls('provisioned')]).toEqual([true, false]);
  });

  it('may work in a collection that is made, in the indices that they are configured for', () => {
    const [policy] = resourcesOf('provisioned', 'AWS::OpenSearchServerless::AccessPolicy');
    expect(JSON.stringify(policy)).toContain('index/shardline-dev/music-events-*');
    expect(JSON.stringify(policy)).toContain('index/shardline-dev/late-events');
  });

  it('have a collector beside them where it is wanted, without which they go on', () => {
    const [task] = resourcesOf('provisioned', 'AWS::ECS::TaskDefinition');
    const [, collector] = (task?.Properties?.ContainerDefinitions ?? []) as Record<string, unknown>[];
    expect(collector).toMatchObject({ Name: 'collector', Essential: false, ReadonlyRootFilesystem: true, Memory: 192 });
    const [variable] = (collector?.Environment ?? []) as { Name: string; Value: string }[];
    const { Name, Value } = variable ?? { Name: '', Value: '{}' };
    expect(Name).toBe('AOT_CONFIG_CONTENT');
    expect(JSON.parse(Value)).toMatchObject({
      receivers: {
        prometheus: { config: { scrape_configs: [{ static_configs: [{ targets: ['127.0.0.1:8080'] }] }] } },
      },
      exporters: {
        prometheusremotewrite: {
          endpoint:
            'https://aps-workspaces.eu-central-1.amazonaws.com/workspaces/ws-0a1b2c3d-0000-4000-8000-00000000abcd/api/v1/remote_write',
          auth: { authenticator: 'sigv4auth' },
        },
      },
    });
    const { extensions, receivers, processors, exporters, service } = JSON.parse(Value);
    const { metrics } = service.pipelines;
    // Each part that is named is there, and each that is there is named.
    expect([service.extensions, metrics.receivers, metrics.processors, metrics.exporters]).toEqual(
      [extensions, receivers, processors, exporters].map((each) => Object.keys(each)),
    );
  });

  it('that are configured wrongly are refused before anything is made', () => {
    const refused = (more: Readonly<Record<string, string>>) => {
      try {
        chooseEnvironment({ all: { region: 'eu-central-1' }, dev: {} }, 'f', { env: 'dev', ...more });
      } catch (error) {
        return error instanceof EnvironmentError ? error.problems.map(({ key }) => key) : [];
      }
      return [];
    };
    expect(refused({})).toEqual([]);
    expect(refused({ 'service.workers_max': '1' })).toEqual(['service.workers_max']);
    expect(refused({ 'service.platform': 'eks' })).toEqual(['service.cluster']);
    expect(refused({ 'service.cluster': 'apps' })).toEqual(['service.cluster']);
    expect(refused({ 'service.image': 'shardline' })).toEqual(['service.image']);
    expect(refused({ 'service.platform': 'eks', 'service.cluster': 'a', 'service.image': 'a/b:1' })).toEqual([
      'service.image',
    ]);
    expect(refused({ 'service.image': 'registry.example/shardline:1' })).toEqual(['service.image']);
    expect(refused({ 'service.image': 'registry.example/shardline:1', 'network.nat_gateways': '1' })).toEqual([]);
    expect(refused({ 'service.prometheus_workspace': WORKSPACE })).toEqual(['service.collector_image']);
    expect(refused({ 'service.variables': '{"SHARDLINE_STREAM":"other"}' })).toEqual(['service.variables']);
    expect(refused({ 'service.variables': '{"SHARDLINE_OPENSEARCH_RETENTION":"7d"}' })).toEqual(['service.variables']);
    expect(refused({ 'service.variables': '{"PATH":"x"}' })).toEqual(['service.variables']);
  });

  it('are not there without an image', () => {
    expect(everyTemplate().some(({ label, stack }) => label === 'prod' && stack === 'service')).toBe(false);
  });
});

describe('workers on EKS', () => {
  it('have the same rights as those on ECS, by the service account of the chart', () => {
    expect(only('AWS::EKS::PodIdentityAssociation', 'eks')).toMatchObject({
      ClusterName: 'apps',
      Namespace: 'shardline',
      ServiceAccount: 'shardline-staging',
    });
    const sids = (resources: readonly Resource[]): unknown[] =>
      resources.flatMap(({ Properties }) => {
        const { Statement = [] } = (Properties?.PolicyDocument ?? {}) as { Statement?: { Sid?: string }[] };
        return Statement.map(({ Sid }) => Sid);
      });
    const rightsOf = (label: 'ecs' | 'eks') =>
      sids(resourcesOf(label, 'AWS::IAM::Policy')).filter((sid) => sid !== undefined);
    expect(rightsOf('eks')).toEqual(expect.arrayContaining(['ReadStream', 'KeepLeases', 'SendLetters', 'UseDomain']));
    expect(rightsOf('ecs')).toEqual(rightsOf('eks'));
  });
});
