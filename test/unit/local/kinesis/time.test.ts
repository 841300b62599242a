import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../../../support/clock.ts';
import { localKinesis, putTexts, STREAM, shardId } from '../../../support/kinesis.ts';

const MIB = 1_048_576;
const StreamName = STREAM;
const from = { StreamName, ShardId: shardId(0) };

const horizon = async (client: KinesisClient) =>
  (await client.send(new GetShardIteratorCommand({ ...from, ShardIteratorType: 'TRIM_HORIZON' }))).ShardIterator;
const read = async (client: KinesisClient, ShardIterator: string | undefined) =>
  client.send(new GetRecordsCommand({ ShardIterator }));
const nameOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fine',
    (thrown: Error) => thrown.name,
  );
const putAll = (client: KinesisClient, count: number, bytes: number) =>
  client.send(
    new PutRecordsCommand({
      StreamName,
      Records: Array.from({ length: count }, () => ({ Data: Buffer.alloc(bytes - 1), PartitionKey: 'k' })),
    }),
  );

describe('what expires', () => {
  it('lets an iterator live five minutes', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock });
    const iterator = await horizon(local.client);
    await clock.tick(300_000);
    expect(await nameOf(read(local.client, iterator))).toBe('fine');
    await clock.tick(1);
    expect(await nameOf(read(local.client, iterator))).toBe('ExpiredIteratorException');
  });

  it('lets a list’s token live five minutes', async () => {
    const clock = manualClock();
    await using local = await localKinesis(2, { clock });
    const { NextToken } = await local.client.send(new ListShardsCommand({ StreamName, MaxResults: 1 }));
    await clock.tick(300_001);
    expect(await nameOf(local.client.send(new ListShardsCommand({ NextToken })))).toBe('ExpiredNextTokenException');
  });

  it('trims what is beyond the retention, and forgets closed shards with it', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock, retentionMs: 3_600_000 });
    const [first] = await putTexts(local.client, ['old']);
    await clock.tick(3_000_000);
    await putTexts(local.client, ['new']);
    await local.client.send(new SplitShardCommand({ StreamName, ShardToSplit: shardId(0), NewStartingHashKey: '9' }));
    await clock.tick(1_000_000);
    const { Records } = await read(local.client, await horizon(local.client));
    expect(Records?.map((record) => Buffer.from(record.Data ?? []).toString())).toEqual(['new']);
    const at = { ...from, ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: first } as const;
    expect(await nameOf(local.client.send(new GetShardIteratorCommand(at)))).toBe('InvalidArgumentException');
    await clock.tick(3_600_000);
    const { Shards } = await local.client.send(new ListShardsCommand({ StreamName }));
    expect(Shards?.map((shard) => shard.ShardId)).toEqual([shardId(1), shardId(2)]);
  });

  it('lets an iterator whose record is trimmed go on at the oldest there is', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock, retentionMs: 200_000 });
    for (let i = 0; i < 5; i++) await putTexts(local.client, Array(500).fill(`old ${i}`));
    const iterator = await horizon(local.client);
    await clock.tick(150_000);
    await putTexts(local.client, ['new']);
    await clock.tick(100_000);
    const { Records } = await read(local.client, iterator);
    expect(Records?.map((record) => Buffer.from(record.Data ?? []).toString())).toEqual(['new']);
  });

  it('keeps a stream’s records within their memory, oldest out first', async () => {
    await using local = await localKinesis(2, { maxStreamBytes: MIB });
    for (let i = 0; i < 40; i++) await putTexts(local.client, [`${i} ${'x'.repeat(100_000)}`], `${i}`);
    const kept: number[] = [];
    for (const id of [shardId(0), shardId(1)]) {
      const start = { StreamName, ShardId: id, ShardIteratorType: 'TRIM_HORIZON' } as const;
      const { ShardIterator } = await local.client.send(new GetShardIteratorCommand(start));
      const { Records } = await read(local.client, ShardIterator);
      for (const { Data } of Records ?? []) kept.push(Number.parseInt(Buffer.from(Data ?? []).toString(), 10));
    }
    expect(kept.sort((a, b) => a - b)).toEqual([33, 34, 35, 36, 37, 38, 39]);
  });
});

describe('limits over time', () => {
  it('allows five reads a second of a shard', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock, limits: true });
    const iterator = await horizon(local.client);
    const names: string[] = [];
    for (let i = 0; i < 6; i++) names.push(await nameOf(read(local.client, iterator)));
    expect(names).toEqual([...Array(5).fill('fine'), 'ProvisionedThroughputExceededException']);
    await clock.tick(200);
    expect(await nameOf(read(local.client, iterator))).toBe('fine');
  });

  it('blocks a shard for five seconds after an answer of 10 MiB', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock, limits: true });
    for (let i = 0; i < 11; i++) {
      await local.client.send(new PutRecordCommand({ StreamName, Data: Buffer.alloc(MIB - 1), PartitionKey: 'k' }));
      await clock.tick(1000);
    }
    const iterator = await horizon(local.client);
    expect((await read(local.client, iterator)).Records).toHaveLength(10);
    await clock.tick(4999);
    expect(await nameOf(read(local.client, iterator))).toBe('ProvisionedThroughputExceededException');
    await clock.tick(1);
    expect(await nameOf(read(local.client, iterator))).toBe('fine');
  });

  it('takes 1,000 records and 1 MiB a second into a shard, and refuses only the rest', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock, limits: true });
    const failed = [500, 500, 10].map(async (count) => (await putAll(local.client, count, 10)).FailedRecordCount);
    expect((await Promise.all(failed)).reduce((sum = 0, n = 0) => sum + n)).toBe(10);
    await clock.tick(1000);
    const answer = await putAll(local.client, 12, 100_000);
    expect(answer.FailedRecordCount).toBe(2);
    expect(answer.Records?.at(-1)).toMatchObject({ ErrorCode: 'ProvisionedThroughputExceededException' });
    expect(answer.Records?.at(-1)?.ErrorMessage).toContain(shardId(0));
  });

  it('limits the control plane', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock, limits: true });
    const split = (key: string) =>
      local.client.send(new SplitShardCommand({ StreamName, ShardToSplit: shardId(7), NewStartingHashKey: key }));
    const names = await Promise.all(['1', '2', '3', '4', '5', '6'].map((key) => nameOf(split(key))));
    expect(names.filter((name) => name === 'LimitExceededException')).toHaveLength(1);
  });
});
