import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** What the service asks of a domain (docs/opensearch-auth.md). What inside it, is said by a role of OpenSearch's own. */
const WORKER_ACTIONS = ['es:ESHttpGet', 'es:ESHttpHead', 'es:ESHttpPost', 'es:ESHttpPut'] as const;
/** And to take away what it once gave. */
export const OWNER_ACTIONS = [...WORKER_ACTIONS, 'es:ESHttpDelete'] as const;

/** For workers. The role that gets it needs a `because(role, '/*', …)`. */
export const useDomain = (domainArn: string): PolicyStatement =>
  new PolicyStatement({ sid: 'UseDomain', actions: [...WORKER_ACTIONS], resources: [`${domainArn}/*`] });

/** For whoever sets a domain up: templates, retention, roles. */
export const ownDomain = (domainArn: string): PolicyStatement =>
  new PolicyStatement({ sid: 'OwnDomain', actions: [...OWNER_ACTIONS], resources: [`${domainArn}/*`] });

/** For workers; what inside it, is said by a data access policy. */
export const useCollection = (collectionArn: string): PolicyStatement =>
  new PolicyStatement({
    sid: 'UseCollection',
    actions: ['aoss:APIAccessAll', 'aoss:BatchGetCollection'],
    resources: [collectionArn],
  });
