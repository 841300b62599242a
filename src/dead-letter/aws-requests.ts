const CONNECT_TIMEOUT_MS = 5_000;
const MAX_SOCKETS = 16;

/**
 * How a client of an AWS SDK sends letters: over connections that are kept alive, waiting so long for an answer's head,
 * and again between two pieces of what is sent or read. Two attempts only: the letterbox tries again itself.
 */
export const awsRequests = (requestTimeoutMs: number) => ({
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
