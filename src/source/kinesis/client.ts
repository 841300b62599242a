import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** One per shard that a worker may read at once, and some to spare. */
const MAX_SOCKETS = 512;
const CONNECT_TIMEOUT_MS = 5_000;
/** To an answer's head, and again between two pieces of its body: one that stops half way must not hold its shard. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The SDK's client over HTTP/1.1 with connections kept alive. Region, endpoint and credentials come from the SDK's own
 * environment unless told. Two attempts only: our loops try again themselves, say so, and know how long to wait.
 */
export const kinesisClient = (
  config: Pick<KinesisClientConfig, 'region' | 'endpoint' | 'credentials'> = {},
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
): KinesisClient => {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return new KinesisClient({
    ...config,
    maxAttempts: 2,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      socketTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    }),
  });
};
