import { CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnServiceLinkedRole, type PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { type Environment, nameOf } from '../environment/environment.ts';
import { removalPolicy, stackProps } from '../environment/stack-props.ts';
import type { NetworkStack } from '../network/network-stack.ts';
import { OwnerRole } from './owner-role.ts';
import { useCollection, useDomain } from './rights.ts';
import { SearchCollection } from './search-collection.ts';
import { SearchDomain } from './search-domain.ts';
import { domainVariables, type SearchTarget } from './search-target.ts';

export class SearchStack extends Stack implements SearchTarget {
  readonly endpoint: string;
  readonly domain: SearchDomain | undefined;
  readonly collection: SearchCollection | undefined;
  readonly owner: Role | undefined;
  readonly workerRights: PolicyStatement;
  readonly workerVariables: Readonly<Record<string, string>>;

  constructor(scope: Construct, environment: Environment, network: NetworkStack) {
    super(scope, 'search', stackProps(environment, 'search', 'where the documents go'));
    if (environment.settings.search.kind === 'domain') {
      this.owner = new OwnerRole(this, 'Owner', nameOf(environment)).role;
      new CfnOutput(this, 'OpenSearchOwner', {
        value: this.owner.roleArn,
        description: 'Runs shardline doctor --apply',
      });
      this.domain = this.#domainOf(environment, network, this.owner);
      const { attrArn, attrDomainEndpoint } = this.domain.domain;
      this.endpoint = `https://${attrDomainEndpoint}`;
      this.workerRights = useDomain(attrArn);
      this.workerVariables = domainVariables(this.endpoint, environment);
    } else {
      this.collection = this.#collectionOf(environment, network);
      const { attrArn, attrCollectionEndpoint } = this.collection.collection;
      this.endpoint = attrCollectionEndpoint;
      this.workerRights = useCollection(attrArn);
      this.workerVariables = { SHARDLINE_OPENSEARCH_NODE: this.endpoint, SHARDLINE_OPENSEARCH_SERVICE: 'aoss' };
    }
    new CfnOutput(this, 'OpenSearchEndpoint', { value: this.endpoint, description: 'opensearch.node of the workers' });
  }

  #domainOf(environment: Environment, network: NetworkStack, owner: Role): SearchDomain {
    const { search, network: zoned, log_days: logDays } = environment.settings;
    const made = new SearchDomain(this, 'Search', {
      name: nameOf(environment),
      vpc: network.vpc,
      zones: zoned.zone_names.length || zoned.zones,
      from: [network.workers],
      owner,
      version: search.version,
      instance: search.instance,
      nodes: search.nodes,
      volumeGb: search.volume_gb,
      masters: search.masters,
      masterInstance: search.master_instance,
      logDays,
      removalPolicy: removalPolicy(environment),
    });
    if (search.linked_role) made.domain.addResourceDependency(this.#linkedRole());
    return made;
  }

  /** One for the account: other domains live by it when this stack is gone. */
  #linkedRole(): CfnServiceLinkedRole {
    const role = new CfnServiceLinkedRole(this, 'LinkedRole', { awsServiceName: 'opensearchservice.amazonaws.com' });
    role.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return role;
  }

  #collectionOf(environment: Environment, network: NetworkStack): SearchCollection {
    return new SearchCollection(this, 'Search', {
      name: nameOf(environment),
      vpc: network.vpc,
      from: [network.workers],
      standby: environment.settings.data === 'retain',
      removalPolicy: removalPolicy(environment),
    });
  }
}
