import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CfnOutput, Stack, Stage } from 'aws-cdk-lib';
import { CfnSecurityGroupIngress, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { bundleManaged } from '../../../scripts/bundle-managed.ts';
import { ShardlineError } from '../../../src/core/errors.ts';
import { type Environment, nameOf } from '../environment/environment.ts';
import { EnvironmentError } from '../environment/problem.ts';
import { removalPolicy, stackProps } from '../environment/stack-props.ts';
import type { NetworkStack } from '../network/network-stack.ts';
import type { SearchTarget } from '../search/search-target.ts';
import type { StreamStack } from '../stream/stream-stack.ts';
import { ManagedDelivery, type ManagedDomain } from './managed-delivery.ts';
import { TransformFunction } from './transform-function.ts';

/** What stands before the keys of what failed here, in the bucket of dead letters. */
const FAILED_PREFIX = 'managed';

export interface ManagedStackParts {
  readonly network: NetworkStack;
  readonly stream: StreamStack;
  readonly search: SearchTarget;
}

/** The variant without servers: docs/managed.md. */
export class ManagedStack extends Stack {
  readonly function: TransformFunction;
  readonly delivery: ManagedDelivery;

  constructor(scope: Construct, environment: Environment, parts: ManagedStackParts) {
    super(scope, 'managed', stackProps(environment, 'managed', 'Firehose and a function, into OpenSearch'));
    const { stream } = parts;
    const { managed, log_days: logDays } = environment.settings;
    this.function = this.#functionOf(environment);
    this.delivery = new ManagedDelivery(this, 'Delivery', {
      name: nameOf(environment, 'managed'),
      stream: stream.stream,
      lambda: this.function.lambda,
      domain: this.#domainOf(environment, parts),
      index: managed.index,
      retrySeconds: managed.retry_seconds,
      bucket: stream.lettersBucket,
      prefix: FAILED_PREFIX,
      key: stream.key,
      logDays,
      removalPolicy: removalPolicy(environment),
    });
    new CfnOutput(this, 'DeliveryRole', {
      value: this.delivery.role.roleArn,
      description:
        'To be mapped to a role of the domain that may write the indices, where it has fine-grained access control',
    });
  }

  #functionOf(environment: Environment): TransformFunction {
    const { managed, log_days: logDays } = environment.settings;
    const code = join(Stage.of(this)?.outdir ?? tmpdir(), `${nameOf(environment, 'transform')}-code`);
    try {
      bundleManaged({ out: code, transform: managed.transform });
    } catch (error) {
      if (!(error instanceof ShardlineError)) throw error;
      const problem = { key: 'managed.transform', from: environment.name, value: managed.transform };
      throw new EnvironmentError([{ ...problem, says: error.message }]);
    }
    return new TransformFunction(this, 'Transform', {
      name: nameOf(environment, 'transform'),
      code,
      variables: { SHARDLINE_APPLICATION: nameOf(environment), ...managed.variables },
      memoryMb: managed.memory_mb,
      concurrency: managed.concurrency === 0 ? undefined : managed.concurrency,
      logDays,
      removalPolicy: removalPolicy(environment),
    });
  }

  /** The domain that is made here, from a security group of its own; or the adopted one, as the keys say. */
  #domainOf(environment: Environment, { network: { vpc }, search }: ManagedStackParts): ManagedDomain {
    const { managed, search: adopted } = environment.settings;
    const { subnets: subnetIds, security_groups: securityGroupIds } = managed;
    if (!search.domain) {
      const arn = adopted.domain_arn;
      if (arn === undefined) throw new TypeError('Firehose delivers into a domain here, not into a collection');
      return { arn, vpc: subnetIds.length > 0 ? { subnetIds, securityGroupIds } : undefined };
    }
    const { domain, securityGroup } = search.domain;
    const own = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      securityGroupName: nameOf(environment, 'managed'),
      description: 'Firehose: goes to the OpenSearch domain by TLS, nothing comes in',
      allowAllOutbound: false,
    });
    own.addEgressRule(securityGroup, Port.tcp(443), 'TLS to the domain');
    new CfnSecurityGroupIngress(this, 'IntoDomain', {
      groupId: securityGroup.securityGroupId,
      sourceSecurityGroupId: own.securityGroupId,
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
      description: 'TLS from Firehose',
    });
    const inside = [...new Set([...vpc.isolatedSubnets, ...vpc.privateSubnets])].map(({ subnetId }) => subnetId);
    return { arn: domain.attrArn, vpc: { subnetIds: inside, securityGroupIds: [own.securityGroupId] } };
  }
}
