import type { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { Environment } from '../environment/environment.ts';
import { useDomain } from './rights.ts';
import type { SearchCollection } from './search-collection.ts';
import type { SearchDomain } from './search-domain.ts';

/** Where the documents go, made here or adopted. */
export interface SearchTarget {
  /** `https://…`, for the workers. */
  readonly endpoint: string;
  /** Undefined where a collection is made, or a domain adopted. */
  readonly domain: SearchDomain | undefined;
  /** Undefined where a domain is made or adopted. */
  readonly collection: SearchCollection | undefined;
  /** The master user of the domain that is made; as whom `shardline doctor --apply` runs. */
  readonly owner: Role | undefined;
  /** The statement that a worker of this environment needs; for a domain with `/*` as its one wildcard. */
  readonly workerRights: PolicyStatement;
  /** What of the service's configuration follows from what is here, as its environment variables. */
  readonly workerVariables: Readonly<Record<string, string>>;
}

export const domainVariables = (endpoint: string, { settings }: Environment): Readonly<Record<string, string>> => ({
  SHARDLINE_OPENSEARCH_NODE: endpoint,
  SHARDLINE_OPENSEARCH_SERVICE: 'es',
  SHARDLINE_OPENSEARCH_RETENTION: settings.search.retention,
});

/** A domain that exists already: it is used, never changed or replaced. Undefined where one is to be made. */
export const adoptedSearch = (environment: Environment): SearchTarget | undefined => {
  const { domain_arn: arn, endpoint } = environment.settings.search;
  if (arn === undefined || endpoint === undefined) return undefined;
  return {
    endpoint,
    domain: undefined,
    collection: undefined,
    owner: undefined,
    workerRights: useDomain(arn),
    workerVariables: domainVariables(endpoint, environment),
  };
};
