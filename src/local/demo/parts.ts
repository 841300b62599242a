import { join } from 'node:path';
import { describe, ShardlineError } from '../../core/errors.ts';
import { startDynamoDb } from '../dynamodb.ts';
import { askKinesis } from '../kinesis/ask.ts';
import { startKinesis } from '../kinesis/server.ts';
import type { Machine } from '../machine.ts';
import { startOpenSearch } from '../opensearch.ts';
import { runFolder } from '../run-folder.ts';
import { type DemoPlaces, openSearchPlace } from './environment.ts';

/** The surroundings of a worker, up and answering. */
export interface DemoParts {
  readonly places: DemoPlaces;
  /** Of this demo alone: logs and dead letters; removed by the next one. */
  readonly folder: string;
  /** Ends them all; nothing of them is kept. */
  stop(): Promise<void>;
}

const STREAM = 'music-events';
const SHARDS = 4;

const createStream = (kinesisUrl: string): Promise<unknown> =>
  askKinesis(kinesisUrl, 'CreateStream', { StreamName: STREAM, ShardCount: SHARDS }).catch((cause) => {
    const message = `the embedded Kinesis made no stream: ${describe(cause)}`;
    throw new ShardlineError('SHARDLINE_LOCAL_START_FAILED', message, { cause });
  });

/** Starts what the demo needs; `opensearchUrl` names one that is there already. */
export const startParts = async (
  machine: Machine,
  options: { readonly opensearchUrl: string | undefined; readonly anyAge: boolean },
): Promise<DemoParts> => {
  const folder = runFolder(machine, 'demo');
  const kinesis = await startKinesis();
  const own = options.opensearchUrl === undefined ? startOpenSearch(machine) : undefined;
  const dynamodbStarting = startDynamoDb(machine);
  // Both are awaited: one that fails must not leave the other behind, still starting.
  const [opensearch, dynamodb] = await Promise.allSettled([own, dynamodbStarting]);
  const stop = async () => {
    await Promise.all([
      kinesis.close(),
      opensearch.status === 'fulfilled' ? opensearch.value?.kill() : undefined,
      dynamodb.status === 'fulfilled' ? dynamodb.value.stop() : undefined,
    ]);
  };
  try {
    if (opensearch.status === 'rejected') throw opensearch.reason;
    if (dynamodb.status === 'rejected') throw dynamodb.reason;
    await createStream(kinesis.url);
    const address = options.opensearchUrl ?? opensearch.value?.url ?? '';
    const places: DemoPlaces = {
      stream: STREAM,
      kinesisUrl: kinesis.url,
      dynamodbUrl: dynamodb.value.url,
      opensearch: openSearchPlace(address),
      letterFolder: join(folder, 'dead-letters'),
      anyAge: options.anyAge,
    };
    return { places, folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
