import { ACCOUNT_ID } from './account.ts';
import type { Call } from './call.ts';
import { rangeOf } from './describe-stream.ts';
import {
  ITERATOR,
  optionalChoice,
  optionalInteger,
  optionalText,
  optionalTimestampMs,
  refuse,
  requiredText,
  SEQUENCE_NUMBER,
  SHARD_ID,
} from './fields.ts';
import { invalidArgument, KinesisError } from './kinesis-error.ts';
import type { Slice } from './shard-log.ts';
import type { ShardState } from './shard-state.ts';
import type { StreamState } from './stream-state.ts';
import { type IteratorToken, openIterator, sealIterator } from './token.ts';

const TYPES = ['AT_SEQUENCE_NUMBER', 'AFTER_SEQUENCE_NUMBER', 'TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP'] as const;
const MAX_RECORDS = 10_000;
const MAX_ANSWER_BYTES = 10 * 1_048_576;

/** The ordinal a sequence number leads to; refuses one that is trimmed or came from elsewhere. */
const bySequence = (stream: StreamState, shard: ShardState, text: string | undefined, after: boolean): number => {
  if (text === undefined) throw invalidArgument('StartingSequenceNumber must be provided for this ShardIteratorType.');
  const ordinal = shard.ordinalOf(text);
  const place = `StartingSequenceNumber ${text} used in GetShardIterator on shard ${shard.id} in stream ${stream.settings.name} under account ${ACCOUNT_ID}`;
  if (ordinal === undefined) throw invalidArgument(`${place} is invalid because it did not come from this stream.`);
  const next = after ? ordinal + 1 : Math.max(ordinal, 1);
  if (next < shard.log.horizon) throw invalidArgument(`${place} is invalid because its record has been trimmed.`);
  return Math.min(next, shard.log.end);
};

const startOf = (call: Call, stream: StreamState, shard: ShardState): number => {
  const type = optionalChoice(call.fields, 'ShardIteratorType', TYPES);
  const sequence = optionalText(call.fields, 'StartingSequenceNumber', SEQUENCE_NUMBER);
  const ms = optionalTimestampMs(call.fields, 'Timestamp');
  switch (type) {
    case undefined:
      throw refuse('ShardIteratorType', undefined, 'Member must not be null');
    case 'TRIM_HORIZON':
      return shard.log.horizon;
    case 'LATEST':
      return shard.log.end;
    case 'AT_TIMESTAMP':
      if (ms === undefined) throw invalidArgument('Timestamp must be provided for this ShardIteratorType.');
      if (ms > call.nowMs)
        throw invalidArgument(
          `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${ms}, currentTimestampInMillis: ${call.nowMs}`,
        );
      return shard.log.ordinalAt(ms);
    default:
      return bySequence(stream, shard, sequence, type === 'AFTER_SEQUENCE_NUMBER');
  }
};

const iteratorAt = (call: Call, stream: StreamState, shard: ShardState, ordinal: number): string =>
  sealIterator({
    stream: stream.settings.name,
    streamCreatedMs: stream.createdMs,
    shardIndex: shard.index,
    ordinal,
    issuedMs: call.nowMs,
  });

export const getShardIterator = (call: Call): object => {
  const stream = call.account.readable(call.fields, call.nowMs);
  const shard = call.account.shard(stream, requiredText(call.fields, 'ShardId', SHARD_ID), call.nowMs);
  stream.trim(call.nowMs);
  const ordinal = startOf(call, stream, shard);
  if (!call.rates.admitsIterator(`${stream.settings.name} ${shard.id}`)) throw call.account.rateExceeded(stream, shard);
  return { ShardIterator: iteratorAt(call, stream, shard, ordinal) };
};

const tokenIn = (call: Call): IteratorToken => {
  const token = openIterator(requiredText(call.fields, 'ShardIterator', ITERATOR));
  if (!token) throw invalidArgument('Invalid ShardIterator.');
  const ttlMs = call.account.settings.iteratorTtlMs;
  if (call.nowMs - token.issuedMs <= ttlMs) return token;
  throw new KinesisError(
    'ExpiredIteratorException',
    `Iterator expired. The iterator was created at time ${new Date(token.issuedMs).toISOString()} while right now it is ` +
      `${new Date(call.nowMs).toISOString()} which is further in the future than the tolerated delay of ${ttlMs} milliseconds.`,
  );
};

/** How far the end of a slice is from the tip: 0 at the tip, else the age of what was read last (or comes next). */
const behindMs = (shard: ShardState, slice: Slice, nowMs: number): number =>
  slice.next >= shard.log.end
    ? 0
    : Math.max(1, nowMs - (slice.lastArrivedMs ?? shard.log.arrivedAt(slice.next) ?? nowMs));

const childrenOf = (shard: ShardState): readonly object[] =>
  shard.children.map((child) => ({
    ShardId: child.id,
    ParentShards: child.parents.map((parent) => parent.id),
    HashKeyRange: rangeOf(child.range),
  }));

/** The answer's bytes: the records were encoded when they were put and are only joined here. */
const joined = (fragments: readonly Buffer[], rest: object): Buffer => {
  const [first, ...others] = fragments;
  const tail = JSON.stringify(rest).replace('{', '],');
  return Buffer.concat([
    Buffer.from('{"Records":['),
    ...(first ? [first.subarray(1)] : []),
    ...others,
    Buffer.from(tail),
  ]);
};

export const getRecords = (call: Call): Buffer => {
  const limit = optionalInteger(call.fields, 'Limit', 1, Number.MAX_SAFE_INTEGER) ?? MAX_RECORDS;
  if (limit > MAX_RECORDS) throw invalidArgument(`Limit ${limit} is above ${MAX_RECORDS}.`);
  const token = tokenIn(call);
  const named = call.account.nameIn(call.fields);
  if (named !== undefined && named !== token.stream)
    throw invalidArgument(`The ShardIterator is of stream ${token.stream}, not of ${named}.`);
  const stream = call.account.find(token.stream, call.nowMs);
  const shard = stream?.shardAt(token.shardIndex);
  if (!stream || !shard || stream.createdMs !== token.streamCreatedMs)
    throw call.account.notFound(`Stream ${token.stream} under account ${ACCOUNT_ID} not found.`);
  const key = `${stream.settings.name} ${shard.id}`;
  if (!call.rates.admitsRead(key)) throw call.account.rateExceeded(stream, shard);
  stream.trim(call.nowMs);
  const slice = shard.log.slice(token.ordinal, limit, MAX_ANSWER_BYTES);
  call.rates.hasRead(key, slice.bytes, slice.cut);
  const ended = shard.closedMs !== undefined && slice.next >= shard.log.end;
  return joined(slice.fragments, {
    MillisBehindLatest: behindMs(shard, slice, call.nowMs),
    ...(ended
      ? { ChildShards: childrenOf(shard) }
      : { NextShardIterator: iteratorAt(call, stream, shard, slice.next) }),
  });
};
