import { Readable } from 'node:stream';
import { CreateStreamCommand, KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type EmbeddedKinesis, type KinesisOptions, startKinesis } from '../../src/local/kinesis/server.ts';

export const STREAM = 'events';

/** A client of a Kinesis on this machine: one attempt, so that every error is seen. */
export const localClient = (url: string, requestHandler: NodeHttpHandler = new NodeHttpHandler()): KinesisClient =>
  new KinesisClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
    requestHandler,
  });

export interface LocalKinesis extends AsyncDisposable {
  readonly kinesis: EmbeddedKinesis;
  readonly client: KinesisClient;
}

/** An embedded Kinesis with one stream, for the length of a test. */
export const localKinesis = async (shards = 1, options: KinesisOptions = {}): Promise<LocalKinesis> => {
  const kinesis = await startKinesis(options);
  const client = localClient(kinesis.url);
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: shards }));
  return {
    kinesis,
    client,
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await kinesis.close();
    },
  };
};

/** Puts texts on the stream, in order when it has one shard; gives their sequence numbers. */
export const putTexts = async (
  client: KinesisClient,
  texts: readonly string[],
  key = 'k',
): Promise<readonly string[]> => {
  const Records = texts.map((text) => ({ Data: Buffer.from(text), PartitionKey: key }));
  const answer = await client.send(new PutRecordsCommand({ StreamName: STREAM, Records }));
  return (answer.Records ?? []).map((record) => record.SequenceNumber ?? '');
};

export const shardId = (index: number): string => `shardId-${String(index).padStart(12, '0')}`;

/** What a reader gets instead of an answer that was sent. */
type Rewrite = (operation: string, body: string, status: number) => string;

/** An HTTP handler that shows every answer to `rewrite` and passes on what that makes of it. */
export const rewritingHandler = (rewrite: Rewrite): NodeHttpHandler => {
  const handler = new NodeHttpHandler();
  const handle = handler.handle.bind(handler);
  handler.handle = async (request, options) => {
    const { response } = await handle(request, options);
    const chunks: Buffer[] = [];
    for await (const chunk of response.body as Readable) chunks.push(chunk);
    const operation = request.headers['x-amz-target']?.split('.')[1] ?? '';
    const body = rewrite(operation, Buffer.concat(chunks).toString(), response.statusCode);
    response.body = Readable.from([Buffer.from(body)]);
    return { response };
  };
  return handler;
};

/** A client that reads other answers than were sent: `rewrite` gets the operation and the answer's JSON text. */
export const rewritingClient = (url: string, rewrite: Rewrite): KinesisClient =>
  localClient(url, rewritingHandler(rewrite));
