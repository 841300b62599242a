import type { OpenSearchServerlessClientConfig } from '@aws-sdk/client-opensearchserverless';
import { ShardlineError } from '../../core/errors.ts';

/** One try each: the answer is wanted at the start, and is not needed. */
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * The type of a serverless collection (SEARCH, TIMESERIES, VECTORSEARCH) as its control plane tells it, which takes the
 * permission aoss:BatchGetCollection. Rejects when it cannot be told. The AWS SDK's own environment says where to ask.
 */
export const collectionType = async (id: string, region: string): Promise<string> => {
  // Only those who write to a collection wait for this part of the SDK to load.
  const { BatchGetCollectionCommand, OpenSearchServerlessClient } = await import(
    '@aws-sdk/client-opensearchserverless'
  );
  const config: OpenSearchServerlessClientConfig = {
    region,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  };
  const client = new OpenSearchServerlessClient(config);
  try {
    const { collectionDetails, collectionErrorDetails } = await client.send(
      new BatchGetCollectionCommand({ ids: [id] }),
    );
    const type = collectionDetails?.[0]?.type;
    if (type === undefined)
      throw new Error(collectionErrorDetails?.[0]?.errorMessage ?? `there is no collection ${id}`);
    return type;
  } finally {
    client.destroy();
  }
};

/**
 * Throws SHARDLINE_COLLECTION_UNUSABLE for a type that takes no document ids: without them a record that is delivered
 * again would become a second document. Source: OpenSearch Service Developer Guide, "Choosing a collection type".
 */
export const refuseType = (id: string, type: string): void => {
  if (type === 'SEARCH') return;
  throw new ShardlineError(
    'SHARDLINE_COLLECTION_UNUSABLE',
    `the serverless collection ${id} is of type ${type}, which takes no document ids, so that records delivered again would become documents again; create a collection of type SEARCH (a type cannot be changed) and point opensearch.node to it`,
  );
};
