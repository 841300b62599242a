import type { Config } from '../config/tree.ts';
import { awsEndpoint } from '../core/aws-endpoint.ts';
import { describe, ShardlineError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { collectionType, refuseType } from '../sink/opensearch/collection.ts';

/** The collection that the node's host name is; undefined for anything else. */
export const collectionOf = ({
  opensearch,
}: Config): { readonly collection: string; readonly region: string } | undefined => {
  const { hostname } = new URL(opensearch.node);
  const endpoint = awsEndpoint(hostname);
  if (opensearch.auth !== 'sigv4' || endpoint?.service !== 'aoss') return undefined;
  const [collection = ''] = hostname.split('.');
  return { collection, region: endpoint.region };
};

/**
 * Refuses, before anything is read, a serverless collection of a type that cannot keep the promise of no duplicates.
 * Whoever may not ask, or cannot reach the control plane from a private network, is let through with a warning: such a
 * collection refuses the first bulk request, and that holds the stream.
 */
export const refuseCollection = async (config: Config, log: Log): Promise<void> => {
  const named = collectionOf(config);
  if (!named) return;
  const { collection, region } = named;
  try {
    refuseType(collection, await collectionType(collection, region));
  } catch (thrown) {
    if (thrown instanceof ShardlineError) throw thrown;
    log.warn(
      { collection, error: describe(thrown) },
      'the type of the collection is unknown (aoss:BatchGetCollection); going on',
    );
  }
};
