import { Arn, ArnFormat, Stack } from 'aws-cdk-lib';
import { type ContainerImage, type FargateTaskDefinition, LogDrivers } from 'aws-cdk-lib/aws-ecs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';

export interface CollectorProps {
  /** An image of the AWS Distro for OpenTelemetry collector. */
  readonly image: ContainerImage;
  /** The ARN of a workspace of Amazon Managed Service for Prometheus. */
  readonly workspace: string;
  /** The worker's port. */
  readonly port: number;
  readonly job: string;
  readonly logs: ILogGroup;
}

const SCRAPE_EVERY = '30s';
const MOST_MEMORY_MIB = 192;

/**
 * As JSON, which is YAML too: scrapes the worker beside it and writes what it finds to the workspace ("Getting Started with
 * Prometheus Remote Write Exporter for AMP", documentation of the collector). All workers answer at the same
 * address, so each series gets its task for an instance.
 */
const configuration = (region: string, url: string, { port, job }: CollectorProps) => ({
  extensions: { sigv4auth: { region, service: 'aps' } },
  receivers: {
    prometheus: {
      config: {
        global: { scrape_interval: SCRAPE_EVERY },
        scrape_configs: [{ job_name: job, static_configs: [{ targets: [`127.0.0.1:${port}`] }] }],
      },
    },
  },
  processors: {
    resourcedetection: { detectors: ['ecs'] },
    resource: {
      attributes: [{ key: 'service.instance.id', from_attribute: 'aws.ecs.task.arn', action: 'upsert' }],
    },
    batch: {},
  },
  exporters: { prometheusremotewrite: { endpoint: url, auth: { authenticator: 'sigv4auth' } } },
  service: {
    extensions: ['sigv4auth'],
    pipelines: {
      metrics: {
        receivers: ['prometheus'],
        processors: ['resourcedetection', 'resource', 'batch'],
        exporters: ['prometheusremotewrite'],
      },
    },
  },
});

/** Adds a collector beside a worker, which the worker does without when it fails. */
export const collectBeside = (task: FargateTaskDefinition, props: CollectorProps): void => {
  const stack = Stack.of(task);
  const { region = stack.region, resourceName: id } = Arn.split(props.workspace, ArnFormat.SLASH_RESOURCE_NAME);
  const url = `https://aps-workspaces.${region}.amazonaws.com/workspaces/${id}/api/v1/remote_write`;
  task.addToTaskRolePolicy(
    new PolicyStatement({ sid: 'WriteMetrics', actions: ['aps:RemoteWrite'], resources: [props.workspace] }),
  );
  task.addContainer('collector', {
    image: props.image,
    essential: false,
    // Of the memory of the task, which ends with the worker where there is no more: more than this ends the collector alone.
    memoryLimitMiB: MOST_MEMORY_MIB,
    readonlyRootFilesystem: true,
    environment: { AOT_CONFIG_CONTENT: stack.toJsonString(configuration(region, url, props)) },
    logging: LogDrivers.awsLogs({ logGroup: props.logs, streamPrefix: 'collector' }),
  });
};
