import {
  type ChildShard,
  type KinesisClient,
  type Shard as Listed,
  ListShardsCommand,
  type ListShardsCommandInput,
  ShardFilterType,
} from '@aws-sdk/client-kinesis';
import type { Shard } from '../../core/shard.ts';
import type { TimeRange } from '../../core/time-range.ts';
import { failureOf } from './failure.ts';
import { startOf } from './range.ts';
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
  since: Pick<ListShardsCommandInput, 'ShardFilter'>,
  signal: AbortSignal,
): Promise<readonly ListedShard[] | 'expired'> => {
  const shards = new Map<string, ListedShard>();
  let token: string | undefined;
  do {
    // A token stands for the whole question: Kinesis refuses it together with the stream's name.
    const question = token === undefined ? { ...streamIn(stream), ...since } : { NextToken: token };
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
 * Every shard of a stream, open and closed, or those that may hold records of a range: what is open, and what was closed
 * since the range began, also what was made after its end. A list whose token expired between two pages (after 300 s,
 * says the API reference) is begun anew. Rejects with the SDK's error when the stream cannot be asked.
 */
export const listShards = async (
  client: KinesisClient,
  stream: string,
  signal: AbortSignal,
  range?: TimeRange,
): Promise<readonly ListedShard[]> => {
  const since = range
    ? { ShardFilter: { Type: ShardFilterType.FROM_TIMESTAMP, Timestamp: new Date(startOf(range).timestampMs) } }
    : {};
  for (let attempt = 0; attempt < LIST_RESTARTS; attempt++) {
    const shards = await listOnce(client, stream, since, signal);
    if (shards !== 'expired') return shards;
  }
  throw new Error(`the list of the shards of ${stream} expired ${LIST_RESTARTS} times before it was read to its end`);
};
