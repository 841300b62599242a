import { type ChildShard, type KinesisClient, type Shard as Listed, ListShardsCommand } from '@aws-sdk/client-kinesis';
import type { Shard } from '../../core/shard.ts';
import { failureOf } from './failure.ts';
import { streamIn } from './stream.ts';

/** A shard as the stream's list has it. */
export interface ListedShard extends Shard {
  /** Closed by a split or a merge: it gets no more records. */
  readonly closed: boolean;
}

const LIST_RESTARTS = 5;

const rangeOf = (range: Listed['HashKeyRange']): Shard['hashRange'] =>
  range?.StartingHashKey !== undefined && range.EndingHashKey !== undefined
    ? { start: range.StartingHashKey, end: range.EndingHashKey }
    : undefined;

const listed = (shard: Listed): ListedShard => ({
  id: shard.ShardId ?? '',
  parents: [shard.ParentShardId, shard.AdjacentParentShardId].filter((id) => id !== undefined),
  hashRange: rangeOf(shard.HashKeyRange),
  closed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
});

/** A child as the last answer of its parent names it. */
export const childShard = (child: ChildShard): Shard => ({
  id: child.ShardId ?? '',
  parents: child.ParentShards ?? [],
  hashRange: rangeOf(child.HashKeyRange),
});

const listOnce = async (
  client: KinesisClient,
  stream: string,
  signal: AbortSignal,
): Promise<readonly ListedShard[] | 'expired'> => {
  const shards = new Map<string, ListedShard>();
  let token: string | undefined;
  do {
    // A token stands for the whole question: Kinesis refuses it together with the stream's name.
    const question = token === undefined ? streamIn(stream) : { NextToken: token };
    try {
      const answer = await client.send(new ListShardsCommand(question), { abortSignal: signal });
      for (const shard of answer.Shards ?? []) shards.set(shard.ShardId ?? '', listed(shard));
      token = answer.NextToken;
    } catch (thrown) {
      if (token !== undefined && failureOf(thrown) === 'expired') return 'expired';
      throw thrown;
    }
  } while (token !== undefined);
  return [...shards.values()];
};

/**
 * Every shard of a stream, open and closed. A list whose token expired between two pages (after 300 s, says the API
 * reference) is begun anew. Rejects with the SDK's error when the stream cannot be asked.
 */
export const listShards = async (
  client: KinesisClient,
  stream: string,
  signal: AbortSignal,
): Promise<readonly ListedShard[]> => {
  for (let attempt = 0; attempt < LIST_RESTARTS; attempt++) {
    const shards = await listOnce(client, stream, signal);
    if (shards !== 'expired') return shards;
  }
  throw new Error(`the list of the shards of ${stream} expired ${LIST_RESTARTS} times before it was read to its end`);
};
