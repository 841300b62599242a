import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis';
import { isObject } from '../../core/is-object.ts';
import { failureOf } from './failure.ts';
import { listShards } from './shards.ts';
import { streamIn } from './stream.ts';

/** An IAM action that reading takes, and what AWS threw at it. */
export interface Refusal {
  readonly action: string;
  readonly thrown: unknown;
}

/** What a worker does on a shard, done once: an iterator at its oldest record, and one record, which KMS must decrypt. */
const readOne = async (client: KinesisClient, stream: string, ShardId: string, signal: AbortSignal) => {
  let action = 'kinesis:GetShardIterator';
  try {
    const iterator = new GetShardIteratorCommand({ ...streamIn(stream), ShardId, ShardIteratorType: 'TRIM_HORIZON' });
    const { ShardIterator } = await client.send(iterator, { abortSignal: signal });
    action = 'kinesis:GetRecords';
    const arn = stream.startsWith('arn:') ? { StreamARN: stream } : {};
    const get = new GetRecordsCommand({ ...arn, ShardIterator, Limit: 1 });
    const { Records = [] } = await client.send(get, { abortSignal: signal });
    return { records: Records.length };
  } catch (thrown) {
    // Whoever is told that it is too much may do it.
    return failureOf(thrown) === 'throttled' ? { records: 0 } : { action, thrown };
  }
};

/** Tries everything that reading takes, and tells what is refused or how many records came. Costs one of a shard's five reads a second. */
export const tryReading = async (
  client: KinesisClient,
  stream: string,
  signal: AbortSignal,
): Promise<Refusal | { readonly records: number }> => {
  try {
    const shards = await listShards(client, stream, signal);
    const [shard] = shards.filter(({ closed }) => !closed);
    return shard ? await readOne(client, stream, shard.id, signal) : { records: 0 };
  } catch (thrown) {
    return failureOf(thrown) === 'throttled' ? { records: 0 } : { action: 'kinesis:ListShards', thrown };
  }
};

/** Calls back with the Date header of each of the client's answers, refusals too. */
export const onAnswerDate = (client: KinesisClient, seen: (date: string) => void): void => {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const headers = isObject(result.response) ? result.response.headers : undefined;
      const date = isObject(headers) ? headers.date : undefined;
      if (typeof date === 'string') seen(date);
      return result;
    },
    { step: 'deserialize', name: 'answerDate', priority: 'low' },
  );
};
