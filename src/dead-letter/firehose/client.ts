import { FirehoseClient, type FirehoseClientConfig } from '@aws-sdk/client-firehose';

const CONNECT_TIMEOUT_MS = 5_000;
/** One that hangs holds up the letters of its write, no others: their turn comes when it is given up. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_SOCKETS = 16;

/**
 * The SDK's client; region, endpoint and credentials come from its own environment unless told. Two attempts only: the
 * letterbox tries again itself.
 */
export const firehoseClient = (
  config: Pick<FirehoseClientConfig, 'region' | 'endpoint' | 'credentials'> = {},
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
): FirehoseClient =>
  new FirehoseClient({
    ...config,
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      socketTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    },
  });
