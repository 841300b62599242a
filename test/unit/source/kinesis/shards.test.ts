import { MergeShardsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { listShards } from '../../../../src/source/kinesis/shards.ts';
import { describeStream, streamIn, streamName } from '../../../../src/source/kinesis/stream.ts';
import { localKinesis, STREAM, shardId } from '../../../support/kinesis.ts';

const never = new AbortController().signal;
const ARN = `arn:aws:kinesis:us-east-1:000000000000:stream/${STREAM}`;

describe('listing shards', () => {
  it('tells parents, ranges and what is closed', async () => {
    await using local = await localKinesis(2);
    const StreamName = STREAM;
    await local.client.send(
      new MergeShardsCommand({ StreamName, ShardToMerge: shardId(0), AdjacentShardToMerge: shardId(1) }),
    );
    await local.client.send(new SplitShardCommand({ StreamName, ShardToSplit: shardId(2), NewStartingHashKey: '7' }));
    const shards = await listShards(local.client, ARN, never);
    expect(shards.map(({ id, parents, closed }) => [id, parents, closed])).toEqual([
      [shardId(0), [], true],
      [shardId(1), [], true],
      [shardId(2), [shardId(0), shardId(1)], true],
      [shardId(3), [shardId(2)], false],
      [shardId(4), [shardId(2)], false],
    ]);
    expect(shards[3]?.hashRange).toEqual({ start: '0', end: '6' });
  });

  it('goes through all pages, and begins anew when a page’s token has expired', async () => {
    await using local = await localKinesis(1200, { nextTokenTtlMs: 300_000 });
    expect(await listShards(local.client, STREAM, never)).toHaveLength(1200);
    await using hurried = await localKinesis(1200, { nextTokenTtlMs: -1 });
    await expect(listShards(hurried.client, STREAM, never)).rejects.toThrow(/expired 5 times/);
  });

  it('rejects for a stream that is not there', async () => {
    await using local = await localKinesis();
    await expect(listShards(local.client, 'nowhere', never)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});

describe('a stream', () => {
  it('says when it was made and how much it has', async () => {
    await using local = await localKinesis(3);
    const summary = await describeStream(local.client, STREAM, never);
    expect(summary).toMatchObject({ name: STREAM, arn: ARN, status: 'ACTIVE', openShards: 3, retentionMs: 86_400_000 });
    expect(Math.abs(summary.createdMs - Date.now())).toBeLessThan(60_000);
  });

  it('is named by its name or its ARN', () => {
    expect(streamIn('events')).toEqual({ StreamName: 'events' });
    expect(streamIn(ARN)).toEqual({ StreamARN: ARN });
    expect([streamName(ARN), streamName('events')]).toEqual([STREAM, 'events']);
  });
});
