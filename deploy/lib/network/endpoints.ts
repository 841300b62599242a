import { Stack } from 'aws-cdk-lib';
import {
  type GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  type InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  Port,
  SecurityGroup,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { because } from '../rights/because.ts';
import type { InterfaceEndpoint } from './settings.ts';

/** What may be asked by way of an endpoint; of which resources, where that can be said. */
export interface Passage {
  readonly actions: readonly string[];
  /** Left out: all of this account. */
  readonly resources?: readonly string[];
  /** Why, for each wildcard among the resources. */
  readonly because?: Readonly<Record<string, string>>;
}

export interface EndpointsProps {
  readonly vpc: Vpc;
  readonly name: string;
  /** Who may open connections to them. */
  readonly from: SecurityGroup;
  readonly interfaces: Readonly<Partial<Record<InterfaceEndpoint, Passage>>>;
  readonly s3: Passage;
  readonly dynamodb: Passage;
}

const ANYBODY =
  'Anybody and anything of this account, which the conditions say: roles decide who, an endpoint only keeps others out.';
const LAYERS =
  'The layers of images in ECR, which AWS keeps in a bucket of its own for each region, named by their contents.';

/** Ways to AWS's services that do not leave the VPC, each for what is listed and for this account alone. */
export class Endpoints extends Construct {
  constructor(scope: Construct, id: string, { vpc, name, from, interfaces, s3, dynamodb }: EndpointsProps) {
    super(scope, id);
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      securityGroupName: `${name}-endpoints`,
      description: 'Endpoints of AWS: workers come in by TLS, nothing goes out',
      allowAllOutbound: false,
    });
    group.addIngressRule(from, Port.tcp(443), 'TLS');
    for (const [service, passage] of Object.entries(interfaces)) {
      const endpoint = vpc.addInterfaceEndpoint(service.replace('.', '-'), {
        service: new InterfaceVpcEndpointAwsService(service),
        securityGroups: [group],
        open: false,
      });
      this.#let(endpoint, passage);
    }
    this.#let(vpc.addGatewayEndpoint('dynamodb', { service: GatewayVpcEndpointAwsService.DYNAMODB }), dynamodb);
    this.#letPull(this.#let(vpc.addGatewayEndpoint('s3', { service: GatewayVpcEndpointAwsService.S3 }), s3));
  }

  #let<E extends InterfaceVpcEndpoint | GatewayVpcEndpoint>(
    endpoint: E,
    { actions, resources, because: reasons = {} }: Passage,
  ): E {
    const { account } = Stack.of(this);
    endpoint.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: [...actions],
        resources: resources ? [...resources] : ['*'],
        conditions: {
          StringEquals: { 'aws:PrincipalAccount': account },
          // Of what is no resource of anybody, such as a token of ECR, there is no account.
          StringEqualsIfExists: { 'aws:ResourceAccount': account },
        },
      }),
    );
    for (const [ending, why] of Object.entries({ '*': ANYBODY, ...reasons })) because(endpoint, ending, why);
    return endpoint;
  }

  /** "Minimum Amazon S3 Bucket Permissions for Amazon ECR" of its user guide; its links are signed by AWS, not by us. */
  #letPull(s3: GatewayVpcEndpoint): void {
    const { region, partition } = Stack.of(this);
    s3.addToPolicy(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: [`arn:${partition}:s3:::prod-${region}-starport-layer-bucket/*`],
      }),
    );
    because(s3, '-starport-layer-bucket/*', LAYERS);
  }
}
