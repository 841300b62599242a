import { Fn, Stack } from 'aws-cdk-lib';
import type { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { type Environment, nameOf } from '../environment/environment.ts';
import { removalPolicy, stackProps } from '../environment/stack-props.ts';
import { Endpoints } from './endpoints.ts';
import { FlowLogs } from './flow-logs.ts';
import { Network } from './network.ts';
import { passages } from './passages.ts';

export class NetworkStack extends Stack {
  readonly vpc: Vpc;
  readonly workers: SecurityGroup;

  constructor(scope: Construct, environment: Environment) {
    super(scope, 'network', stackProps(environment, 'network', 'the VPC and its endpoints'));
    const { cidr, zones, zone_names: named, nat_gateways: natGateways } = environment.settings.network;
    const network = new Network(this, 'Network', {
      name: nameOf(environment),
      cidr,
      zones: named.length > 0 ? named : zones,
      natGateways,
    });
    this.vpc = network.vpc;
    this.workers = network.workers;
    new Endpoints(this, 'Endpoints', {
      vpc: network.vpc,
      name: nameOf(environment),
      from: network.workers,
      ...passages(this, environment),
    });
    new FlowLogs(this, 'FlowLogs', {
      vpc: network.vpc,
      name: nameOf(environment),
      logDays: environment.settings.log_days,
      removalPolicy: removalPolicy(environment),
    });
  }

  /** Asked of CloudFormation, so that no synthesis needs AWS. */
  override get availabilityZones(): string[] {
    return [0, 1, 2].map((at) => Fn.select(at, Fn.getAzs()));
  }
}
