import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

const CONNECT_TIMEOUT_MS = 5_000;
/** To an answer's head, and again between two pieces of what is sent or read. */
const REQUEST_TIMEOUT_MS = 30_000;
const MAX_SOCKETS = 16;

/**
 * The SDK's client; region, endpoint and credentials come from its own environment unless told. A bucket may stand in
 * another region. Two attempts only: the letterbox tries again itself.
 */
export const s3Client = (
  config: Pick<S3ClientConfig, 'region' | 'endpoint' | 'credentials'> = {},
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
): S3Client =>
  new S3Client({
    ...config,
    maxAttempts: 2,
    followRegionRedirects: true,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: requestTimeoutMs,
      socketTimeout: requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    },
  });
