import { Fn } from 'aws-cdk-lib';
import { IpAddresses, Peer, Port, SecurityGroup, type SubnetConfiguration, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

export interface NetworkProps {
  readonly name: string;
  readonly cidr: string;
  /** The names of the zones; or how many, from the region's first one on. */
  readonly zones: readonly string[] | number;
  /** 0: nothing reaches the internet. */
  readonly natGateways: number;
}

const subnets = (natGateways: number): SubnetConfiguration[] =>
  natGateways > 0
    ? [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
        { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      ]
    : [{ name: 'private', subnetType: SubnetType.PRIVATE_ISOLATED }];

/** A VPC whose workers reach AWS through endpoints alone, unless NAT gateways are asked for. */
export class Network extends Construct {
  readonly vpc: Vpc;
  /** That of the workers: nothing comes in, TLS goes out. */
  readonly workers: SecurityGroup;

  constructor(scope: Construct, id: string, { name, cidr, zones, natGateways }: NetworkProps) {
    super(scope, id);
    const names =
      typeof zones === 'number' ? Array.from({ length: zones }, (_, at) => Fn.select(at, Fn.getAzs())) : [...zones];
    this.vpc = new Vpc(this, 'Vpc', {
      vpcName: name,
      ipAddresses: IpAddresses.cidr(cidr),
      availabilityZones: names,
      natGateways,
      subnetConfiguration: subnets(natGateways),
      // A custom resource would empty the default security group; nothing of ours uses it.
      restrictDefaultSecurityGroup: false,
    });
    this.workers = new SecurityGroup(this, 'Workers', {
      vpc: this.vpc,
      securityGroupName: `${name}-workers`,
      description: 'Workers: nothing comes in, TLS goes out',
      allowAllOutbound: false,
    });
    // To endpoints and the search of this VPC, and to S3 and DynamoDB, whose addresses are AWS's own.
    this.workers.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'TLS');
  }
}
