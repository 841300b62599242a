import type { RemovalPolicy } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import {
  CfnAccessPolicy,
  CfnCollection,
  CfnSecurityPolicy,
  CfnVpcEndpoint,
} from 'aws-cdk-lib/aws-opensearchserverless';
import { Construct } from 'constructs';
import { because } from '../rights/because.ts';

export interface SearchCollectionProps {
  readonly name: string;
  readonly vpc: IVpc;
  /** Who may open connections to it. */
  readonly from: readonly ISecurityGroup[];
  /** Whether it stays while a zone fails; twice the cost. */
  readonly standby: boolean;
  readonly removalPolicy: RemovalPolicy;
}

/** A serverless collection of type SEARCH, the only one that takes document ids, reached from a VPC only. */
export class SearchCollection extends Construct {
  readonly collection: CfnCollection;
  readonly #name: string;

  constructor(scope: Construct, id: string, { name, vpc, from, standby, removalPolicy }: SearchCollectionProps) {
    super(scope, id);
    this.#name = name;
    const collections = [{ ResourceType: 'collection', Resource: [`collection/${name}`] }];
    const encryption = new CfnSecurityPolicy(this, 'Encryption', {
      name,
      type: 'encryption',
      policy: JSON.stringify({ Rules: collections, AWSOwnedKey: true }),
    });
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      securityGroupName: `${name}-search`,
      description: 'The endpoint of OpenSearch Serverless: workers come in by TLS',
      allowAllOutbound: false,
    });
    for (const peer of from) group.addIngressRule(peer, Port.tcp(443), 'TLS');
    const endpoint = new CfnVpcEndpoint(this, 'Endpoint', {
      name,
      vpcId: vpc.vpcId,
      subnetIds: [...new Set([...vpc.isolatedSubnets, ...vpc.privateSubnets])].map(({ subnetId }) => subnetId),
      securityGroupIds: [group.securityGroupId],
    });
    const network = new CfnSecurityPolicy(this, 'Network', {
      name,
      type: 'network',
      policy: JSON.stringify([{ Rules: collections, AllowFromPublic: false, SourceVPCEs: [endpoint.attrId] }]),
    });
    this.collection = new CfnCollection(this, 'Collection', {
      name,
      type: 'SEARCH',
      standbyReplicas: standby ? 'ENABLED' : 'DISABLED',
    });
    this.collection.addResourceDependency(encryption);
    this.collection.addResourceDependency(network);
    this.collection.applyRemovalPolicy(removalPolicy, { applyToUpdateReplacePolicy: true });
  }

  /**
   * What a worker may do inside it (docs/opensearch-auth.md), made in `scope`: with the role, not with the collection.
   * @param indices names of indices, with a wildcard for days (`music-events-*`)
   */
  letWork(scope: Construct, id: string, roleArn: string, indices: readonly string[]): CfnAccessPolicy {
    const rules = [
      {
        ResourceType: 'collection',
        Resource: [`collection/${this.#name}`],
        Permission: ['aoss:CreateCollectionItems', 'aoss:DescribeCollectionItems', 'aoss:UpdateCollectionItems'],
      },
      {
        ResourceType: 'index',
        Resource: indices.map((index) => `index/${this.#name}/${index}`),
        Permission: [
          'aoss:CreateIndex',
          'aoss:DescribeIndex',
          'aoss:UpdateIndex',
          'aoss:ReadDocument',
          'aoss:WriteDocument',
        ],
      },
    ];
    const policy = new CfnAccessPolicy(scope, id, {
      name: this.#name,
      type: 'data',
      policy: JSON.stringify([{ Principal: [roleArn], Rules: rules }]),
    });
    for (const index of indices.filter((name) => name.includes('*')))
      because(policy, index, 'There is an index for each day, of which only the beginning is known.');
    return policy;
  }
}
