import type { Operation } from './call.ts';
import { createStream, deleteStream } from './create-stream.ts';
import { describeStream, describeStreamSummary } from './describe-stream.ts';
import { getRecords, getShardIterator } from './get-records.ts';
import { listShards } from './list-shards.ts';
import { putRecord, putRecords } from './put-records.ts';
import { mergeShards, splitShard } from './reshard.ts';

/** Every operation the server knows, by the name in `X-Amz-Target`. */
export const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['CreateStream', createStream],
  ['DeleteStream', deleteStream],
  ['DescribeStream', describeStream],
  ['DescribeStreamSummary', describeStreamSummary],
  ['GetRecords', getRecords],
  ['GetShardIterator', getShardIterator],
  ['ListShards', listShards],
  ['MergeShards', mergeShards],
  ['PutRecord', putRecord],
  ['PutRecords', putRecords],
  ['SplitShard', splitShard],
]);
