import type { Account } from './account.ts';
import type { Call } from './call.ts';
import { HASH_KEY, requiredText, SHARD_ID } from './fields.ts';
import { invalidArgument } from './kinesis-error.ts';
import type { ShardState } from './shard-state.ts';
import type { StreamState } from './stream-state.ts';

const openShard = (account: Account, stream: StreamState, id: string, nowMs: number): ShardState => {
  const shard = account.shard(stream, id, nowMs);
  if (shard.closedMs === undefined) return shard;
  throw invalidArgument(`Shard ${id} in stream ${stream.settings.name} has already been closed`);
};

export const splitShard = ({ fields, account, nowMs }: Call): undefined => {
  const stream = account.changeable(fields, nowMs);
  const id = requiredText(fields, 'ShardToSplit', SHARD_ID);
  const at = BigInt(requiredText(fields, 'NewStartingHashKey', HASH_KEY));
  const shard = openShard(account, stream, id, nowMs);
  if (at <= shard.range.start || at > shard.range.end)
    throw invalidArgument(
      `NewStartingHashKey ${at} used in SplitShard() on shard ${id} in stream ${stream.settings.name} is not inside ` +
        `the shard's hash key range ${shard.range.start} to ${shard.range.end}`,
    );
  stream.split(shard, at, nowMs);
  stream.becomes('UPDATING', nowMs + account.settings.transitionMs);
};

export const mergeShards = ({ fields, account, nowMs }: Call): undefined => {
  const stream = account.changeable(fields, nowMs);
  const id = requiredText(fields, 'ShardToMerge', SHARD_ID);
  const adjacentId = requiredText(fields, 'AdjacentShardToMerge', SHARD_ID);
  const one = openShard(account, stream, id, nowMs);
  const other = openShard(account, stream, adjacentId, nowMs);
  if (one.range.end + 1n !== other.range.start && other.range.end + 1n !== one.range.start)
    throw invalidArgument(
      `Shards ${id} and ${adjacentId} in stream ${stream.settings.name} are not an adjacent pair of shards`,
    );
  stream.merge(one, other, nowMs);
  stream.becomes('UPDATING', nowMs + account.settings.transitionMs);
};
