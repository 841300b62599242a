import { KinesisClient } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';

/** The SDK's client for the embedded Kinesis, whatever the user's own AWS environment says. It speaks HTTP/1.1 only. */
export const demoKinesisClient = (endpoint: string): KinesisClient =>
  new KinesisClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' },
    requestHandler: new NodeHttpHandler(),
  });
