import { ACCOUNT_ID } from './account.ts';
import type { Call } from './call.ts';
import { shardOf } from './describe-stream.ts';
import {
  asFields,
  type Fields,
  optionalChoice,
  optionalInteger,
  optionalText,
  optionalTimestampMs,
  refuse,
  SHARD_ID,
  TOKEN,
} from './fields.ts';
import { invalidArgument, KinesisError } from './kinesis-error.ts';
import type { ShardState } from './shard-state.ts';
import type { StreamState } from './stream-state.ts';
import { openList, sealList } from './token.ts';

const FILTERS = [
  'AFTER_SHARD_ID',
  'AT_TRIM_HORIZON',
  'FROM_TRIM_HORIZON',
  'AT_LATEST',
  'AT_TIMESTAMP',
  'FROM_TIMESTAMP',
] as const;
const DEFAULT_RESULTS = 1000;

const openAt = (shard: ShardState, ms: number): boolean =>
  shard.createdMs <= ms && (shard.closedMs === undefined || shard.closedMs > ms);

const timestampIn = (filter: Fields): number => {
  const ms = optionalTimestampMs(filter, 'Timestamp');
  if (ms === undefined) throw invalidArgument('ShardFilter needs a Timestamp for its type.');
  return ms;
};

/** The shards of a stream that pass a ShardFilter, as the API reference defines each type. */
const filtered = (stream: StreamState, filter: Fields | undefined, nowMs: number): readonly ShardState[] => {
  const shards = stream.shards(nowMs);
  if (!filter) return shards;
  const type = optionalChoice(filter, 'Type', FILTERS);
  const horizonMs = Math.max(stream.createdMs, nowMs - stream.settings.retentionMs);
  switch (type) {
    case undefined:
      throw refuse('ShardFilter.Type', undefined, 'Member must not be null');
    case 'AFTER_SHARD_ID': {
      const id = optionalText(filter, 'ShardId', SHARD_ID);
      if (id === undefined) throw invalidArgument('ShardFilter needs a ShardId for its type.');
      return shards.filter((shard) => shard.id > id);
    }
    case 'AT_TRIM_HORIZON':
      return shards.filter((shard) => openAt(shard, horizonMs));
    case 'FROM_TRIM_HORIZON':
      return shards;
    case 'AT_LATEST':
      return shards.filter((shard) => shard.closedMs === undefined);
    case 'AT_TIMESTAMP': {
      const ms = Math.max(horizonMs, timestampIn(filter));
      return shards.filter((shard) => openAt(shard, ms));
    }
    case 'FROM_TIMESTAMP': {
      const ms = timestampIn(filter);
      return shards.filter((shard) => shard.closedMs === undefined || shard.closedMs > ms);
    }
  }
};

interface Listing {
  readonly stream: StreamState;
  readonly filter: Fields | undefined;
  readonly afterShardId: string;
}

const begun = ({ fields, account, nowMs }: Call): Listing => ({
  stream: account.stream(fields, nowMs),
  filter: fields.ShardFilter === undefined ? undefined : asFields(fields.ShardFilter, 'ShardFilter'),
  afterShardId: optionalText(fields, 'ExclusiveStartShardId', SHARD_ID) ?? '',
});

const continued = ({ fields, account, nowMs }: Call, text: string): Listing => {
  for (const name of ['StreamName', 'StreamCreationTimestamp', 'ExclusiveStartShardId', 'ShardFilter'])
    if (fields[name] !== undefined) throw invalidArgument(`NextToken and ${name} cannot be provided together.`);
  const token = openList(text);
  if (!token) throw invalidArgument('NextToken is invalid.');
  if (nowMs - token.issuedMs > account.settings.nextTokenTtlMs)
    throw new KinesisError('ExpiredNextTokenException', 'NextToken has expired.');
  const stream = account.find(token.stream, nowMs);
  if (stream?.createdMs !== token.streamCreatedMs)
    throw account.notFound(`Stream ${token.stream} under account ${ACCOUNT_ID} not found.`);
  const filter = token.filter ? asFields(token.filter, 'ShardFilter') : undefined;
  return { stream, filter, afterShardId: token.afterShardId };
};

export const listShards = (call: Call): object => {
  const max = optionalInteger(call.fields, 'MaxResults', 1, 10_000) ?? DEFAULT_RESULTS;
  const text = optionalText(call.fields, 'NextToken', TOKEN);
  const { stream, filter, afterShardId } = text === undefined ? begun(call) : continued(call, text);
  const rest = filtered(stream, filter, call.nowMs).filter((shard) => shard.id > afterShardId);
  const page = rest.slice(0, max);
  const last = page.at(-1);
  const more = last !== undefined && rest.length > max;
  return {
    Shards: page.map(shardOf),
    NextToken: more
      ? sealList({
          stream: stream.settings.name,
          streamCreatedMs: stream.createdMs,
          filter: filter ?? null,
          afterShardId: last.id,
          issuedMs: call.nowMs,
        })
      : undefined,
  };
};
