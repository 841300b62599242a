import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { withQuickReading } from './quick-reading.ts';

export interface KinesisClientOptions {
  /** Requests that may be under way at once: one per shard, and some to spare. */
  readonly maxSockets?: number;
  readonly connectTimeoutMs?: number;
  /** From the request's start to the answer's head; a 10 MiB answer over a slow line fits. */
  readonly requestTimeoutMs?: number;
}

/**
 * The SDK's client over HTTP/1.1 with connections kept alive. Region, endpoint and credentials come from the SDK's own
 * environment; GetRecords answers are read our way. Two attempts only: our loops try again themselves, say so, and know how long to wait.
 */
export const kinesisClient = (options: KinesisClientOptions = {}): KinesisClient => {
  const agent = { keepAlive: true, maxSockets: options.maxSockets ?? 512 };
  const client = new KinesisClient({
    maxAttempts: 2,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: options.connectTimeoutMs ?? 5_000,
      requestTimeout: options.requestTimeoutMs ?? 30_000,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
    }),
  });
  return withQuickReading(client);
};
