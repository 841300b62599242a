import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnOutput, Stack, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { bundleManaged } from '../../../scripts/bundle-managed.ts';
import { type Environment, nameOf } from '../environment/environment.ts';
import { removalPolicy, stackProps } from '../environment/stack-props.ts';
import type { StreamStack } from '../stream/stream-stack.ts';
import { ManagedDelivery, type ManagedDomain } from './managed-delivery.ts';
import { TransformFunction } from './transform-function.ts';

/** What stands before the keys of what failed here, in the bucket of dead letters. */
const FAILED_PREFIX = 'managed';

export interface ManagedStackParts {
  readonly stream: StreamStack;
  readonly domain: ManagedDomain;
}

/** The variant without servers: docs/managed.md. */
export class ManagedStack extends Stack {
  readonly function: TransformFunction;
  readonly delivery: ManagedDelivery;

  constructor(scope: Construct, environment: Environment, { stream, domain }: ManagedStackParts) {
    super(scope, 'managed', stackProps(environment, 'managed', 'Firehose and a function, into OpenSearch'));
    const { managed, log_days: logDays } = environment.settings;
    const name = nameOf(environment, 'managed');
    const removal = removalPolicy(environment);
    const code = join(Stage.of(this)?.outdir ?? tmpdir(), `${name}-function`);
    bundleManaged({ out: code, transform: managed.transform });
    this.function = new TransformFunction(this, 'Transform', {
      name: nameOf(environment, 'transform'),
      code,
      variables: { SHARDLINE_APPLICATION: nameOf(environment), ...managed.variables },
      memoryMb: managed.memory_mb,
      concurrency: managed.concurrency === 0 ? undefined : managed.concurrency,
      logDays,
      removalPolicy: removal,
    });
    this.delivery = new ManagedDelivery(this, 'Delivery', {
      name,
      stream: stream.stream,
      lambda: this.function.lambda,
      domain,
      index: managed.index,
      retrySeconds: managed.retry_seconds,
      bucket: stream.lettersBucket,
      prefix: FAILED_PREFIX,
      key: stream.key,
      logDays,
      removalPolicy: removal,
    });
    new CfnOutput(this, 'DeliveryRole', {
      value: this.delivery.role.roleArn,
      description:
        'To be mapped to a role of the domain that may write the indices, where it has fine-grained access control',
    });
  }
}
