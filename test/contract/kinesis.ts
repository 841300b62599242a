import { createHash, randomBytes } from 'node:crypto';
import {
  CreateStreamCommand,
  DeleteStreamCommand,
  DescribeStreamCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type GetShardIteratorCommandInput,
  type KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  type Shard,
  type ShardFilter,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { awsModel, checkingHandler } from '../support/aws-model.ts';
import { localClient, shardId } from '../support/kinesis.ts';
import { until } from '../support/until.ts';

export interface KinesisUnderTest {
  readonly url: string;
  close(): Promise<void>;
}

const MIB = 1_048_576;
const LAST_HASH_KEY = (1n << 128n) - 1n;
const HALF = 1n << 127n;

/** What anybody may expect of a Kinesis: the embedded one, and any other that speaks JSON. */
export const kinesisContract = (name: string, start: () => Promise<KinesisUnderTest>): void => {
  describe(`Kinesis contract: ${name}`, () => {
    const found: string[] = [];
    let under: KinesisUnderTest;
    let client: KinesisClient;
    let count = 0;

    beforeAll(async () => {
      under = await start();
      client = localClient(under.url, checkingHandler(awsModel('kinesis'), found));
    });
    afterAll(async () => {
      client?.destroy();
      await under?.close();
    });
    // Every answer of every test is held against AWS's model, where it is present.
    afterEach(() => expect(found.splice(0)).toEqual([]));

    const stream = async (shards = 1): Promise<string> => {
      count += 1;
      const StreamName = `stream-${count}`;
      await client.send(new CreateStreamCommand({ StreamName, ShardCount: shards }));
      await active(StreamName);
      return StreamName;
    };
    const active = (StreamName: string) =>
      until(async () => {
        const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
        return StreamDescriptionSummary?.StreamStatus === 'ACTIVE';
      });
    const shards = async (StreamName: string, filter?: ShardFilter): Promise<readonly Shard[]> => {
      const ShardFilter = filter ? { ShardFilter: filter } : {};
      return (await client.send(new ListShardsCommand({ StreamName, ...ShardFilter }))).Shards ?? [];
    };
    const ids = async (StreamName: string, filter?: ShardFilter) =>
      (await shards(StreamName, filter)).map((shard) => shard.ShardId);
    const put = async (StreamName: string, data: string | Uint8Array, key = 'k', hashKey?: bigint) =>
      client.send(
        new PutRecordCommand({
          StreamName,
          Data: Buffer.from(data),
          PartitionKey: key,
          ...(hashKey === undefined ? {} : { ExplicitHashKey: String(hashKey) }),
        }),
      );
    const iterator = async (
      StreamName: string,
      from: Partial<GetShardIteratorCommandInput> & Pick<GetShardIteratorCommandInput, 'ShardIteratorType'>,
      index = 0,
    ) =>
      (await client.send(new GetShardIteratorCommand({ StreamName, ShardId: shardId(index), ...from }))).ShardIterator;
    const read = async (...from: Parameters<typeof iterator>) =>
      client.send(new GetRecordsCommand({ ShardIterator: await iterator(...from) }));
    const texts = async (...from: Parameters<typeof iterator>) =>
      ((await read(...from)).Records ?? []).map((record) => Buffer.from(record.Data ?? []).toString());
    const all = { ShardIteratorType: 'TRIM_HORIZON' } as const;

    it('spreads a new stream over the whole of the hash keys', async () => {
      const StreamName = await stream(3);
      const made = await shards(StreamName);
      expect(made.map((shard) => shard.ShardId)).toEqual([shardId(0), shardId(1), shardId(2)]);
      let next = 0n;
      for (const { HashKeyRange } of made) {
        expect(BigInt(HashKeyRange?.StartingHashKey ?? -1)).toBe(next);
        next = BigInt(HashKeyRange?.EndingHashKey ?? -1) + 1n;
      }
      expect(next - 1n).toBe(LAST_HASH_KEY);
      const { StreamDescriptionSummary: summary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
      expect(summary).toMatchObject({ StreamName, StreamStatus: 'ACTIVE', OpenShardCount: 3 });
      const { StreamDescription } = await client.send(
        new DescribeStreamCommand({ StreamName, Limit: 2, ExclusiveStartShardId: shardId(0) }),
      );
      expect(StreamDescription?.Shards?.map((shard) => shard.ShardId)).toEqual([shardId(1), shardId(2)]);
      expect(StreamDescription?.HasMoreShards).toBe(false);
    });

    it('lists shards page by page', async () => {
      const StreamName = await stream(5);
      const first = await client.send(new ListShardsCommand({ StreamName, MaxResults: 2 }));
      const second = await client.send(new ListShardsCommand({ NextToken: first.NextToken, MaxResults: 2 }));
      const third = await client.send(new ListShardsCommand({ NextToken: second.NextToken, MaxResults: 2 }));
      const listed = [first, second, third].map((page) => page.Shards?.map((shard) => shard.ShardId));
      expect(listed).toEqual([[shardId(0), shardId(1)], [shardId(2), shardId(3)], [shardId(4)]]);
      expect(third.NextToken).toBeUndefined();
      const after = await client.send(new ListShardsCommand({ StreamName, ExclusiveStartShardId: shardId(3) }));
      expect(after.Shards?.map((shard) => shard.ShardId)).toEqual([shardId(4)]);
      const both = client.send(new ListShardsCommand({ StreamName, NextToken: first.NextToken }));
      await expect(both).rejects.toMatchObject({ name: 'InvalidArgumentException' });
    });

    it('takes the ARN wherever it takes the name', async () => {
      const StreamName = await stream();
      const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName }));
      const StreamARN = StreamDescriptionSummary?.StreamARN;
      const Records = [{ Data: Buffer.from('one'), PartitionKey: 'k' }];
      await client.send(new PutRecordsCommand({ StreamARN, Records }));
      await client.send(new PutRecordCommand({ StreamARN, Data: Buffer.from('two'), PartitionKey: 'k' }));
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({ StreamARN, ShardId: shardId(0), ShardIteratorType: 'TRIM_HORIZON' }),
      );
      const answer = await client.send(new GetRecordsCommand({ StreamARN, ShardIterator }));
      expect(answer.Records).toHaveLength(2);
      expect((await client.send(new ListShardsCommand({ StreamARN }))).Shards).toHaveLength(1);
      await client.send(
        new SplitShardCommand({ StreamARN, ShardToSplit: shardId(0), NewStartingHashKey: String(HALF) }),
      );
      await active(StreamName);
      expect((await client.send(new DescribeStreamCommand({ StreamARN }))).StreamDescription?.Shards).toHaveLength(3);
      await client.send(
        new MergeShardsCommand({ StreamARN, ShardToMerge: shardId(1), AdjacentShardToMerge: shardId(2) }),
      );
      await active(StreamName);
      await client.send(new DeleteStreamCommand({ StreamARN }));
      await until(async () =>
        client.send(new DescribeStreamSummaryCommand({ StreamARN })).then(
          () => false,
          (thrown: Error) => thrown.name === 'ResourceNotFoundException',
        ),
      );
    });

    it('sends a record to the shard that holds the MD5 of its key, or the explicit hash key', async () => {
      const StreamName = await stream(4);
      for (const key of ['a', 'user-17', 'Beyoncé', '日本', '😀']) {
        const md5 = BigInt(`0x${createHash('md5').update(key).digest('hex')}`);
        const { ShardId } = await put(StreamName, 'x', key);
        expect(ShardId).toBe(shardId(Number(md5 / (1n << 126n))));
      }
      expect((await put(StreamName, 'x', 'a', LAST_HASH_KEY)).ShardId).toBe(shardId(3));
      expect((await put(StreamName, 'x', 'a', 0n)).ShardId).toBe(shardId(0));
    });

    it('gives bytes and keys back as they came', async () => {
      const StreamName = await stream();
      const key = 'Beyoncé "日本" 😀 \\ \u0000';
      const datas = [Buffer.alloc(0), Buffer.from([0]), randomBytes(1000), randomBytes(MIB - Buffer.byteLength(key))];
      for (const data of datas) await put(StreamName, data, key);
      const before = Date.now();
      const { Records } = await read(StreamName, all);
      expect(Records?.map((record) => Buffer.from(record.Data ?? []).equals(datas.shift() ?? Buffer.of(1)))).toEqual([
        true,
        true,
        true,
        true,
      ]);
      expect(new Set(Records?.map((record) => record.PartitionKey))).toEqual(new Set([key]));
      for (const record of Records ?? []) {
        expect(Math.abs((record.ApproximateArrivalTimestamp?.getTime() ?? 0) - before)).toBeLessThan(60_000);
      }
    });

    it('numbers records upwards in the layout of AWS', async () => {
      const StreamName = await stream(2);
      const { Records } = await client.send(
        new PutRecordsCommand({
          StreamName,
          Records: Array.from({ length: 300 }, (_, i) => ({ Data: Buffer.from(`${i}`), PartitionKey: `${i}` })),
        }),
      );
      for (const index of [0, 1]) {
        const mine = (Records ?? []).filter((record) => record.ShardId === shardId(index));
        const numbers = mine.map((record) => BigInt(record.SequenceNumber ?? 0));
        expect(numbers.length).toBeGreaterThan(50);
        expect(numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? 0n))).toBe(true);
        for (const number of numbers) {
          expect(String(number)).toMatch(/^49\d{54}$/);
          expect(number.toString(2)).toHaveLength(186);
          expect(number & 15n).toBe(2n);
          expect((number >> 4n) & 0xffffffffn).toBe(BigInt(index));
        }
        const stored = (await read(StreamName, all, index)).Records?.map((record) => record.SequenceNumber);
        expect(stored).toEqual(mine.map((record) => record.SequenceNumber));
      }
    });

    it('begins where each type of iterator says', async () => {
      const StreamName = await stream();
      const latest = await iterator(StreamName, { ShardIteratorType: 'LATEST' });
      const first = await put(StreamName, 'one');
      await put(StreamName, 'two');
      const StartingSequenceNumber = first.SequenceNumber;
      expect(await texts(StreamName, { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber })).toEqual([
        'one',
        'two',
      ]);
      expect(await texts(StreamName, { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber })).toEqual([
        'two',
      ]);
      expect(await texts(StreamName, all)).toEqual(['one', 'two']);
      expect(await texts(StreamName, { ShardIteratorType: 'LATEST' })).toEqual([]);
      expect((await client.send(new GetRecordsCommand({ ShardIterator: latest }))).Records).toHaveLength(2);
      const arrived = (await read(StreamName, all)).Records?.map((record) => record.ApproximateArrivalTimestamp);
      const Timestamp = arrived?.[1];
      const at = await texts(StreamName, { ShardIteratorType: 'AT_TIMESTAMP', Timestamp });
      expect(at.at(-1)).toBe('two');
      const [shard] = await shards(StreamName);
      const start = shard?.SequenceNumberRange?.StartingSequenceNumber;
      const from = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: start } as const;
      expect(await texts(StreamName, from)).toEqual(['one', 'two']);
    });

    it('tells how far behind the tip an answer ends', async () => {
      const StreamName = await stream();
      for (const text of ['one', 'two', 'three']) await put(StreamName, text);
      const ShardIterator = await iterator(StreamName, all);
      const first = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 2 }));
      expect(first.Records).toHaveLength(2);
      expect(first.MillisBehindLatest).toBeGreaterThan(0);
      const second = await client.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator }));
      expect(second.Records).toHaveLength(1);
      expect(second.MillisBehindLatest).toBe(0);
    });

    it('answers with 10 MiB at the most', async () => {
      const StreamName = await stream();
      for (let i = 0; i < 12; i++) await put(StreamName, Buffer.alloc(MIB - 1, 'x'));
      const first = await read(StreamName, all);
      expect(first.Records).toHaveLength(10);
      const rest = await client.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator }));
      expect(rest.Records).toHaveLength(2);
    });

    it('ends a split shard with its children, and lists who was open when', async () => {
      const StreamName = await stream();
      await put(StreamName, 'before');
      await client.send(
        new SplitShardCommand({ StreamName, ShardToSplit: shardId(0), NewStartingHashKey: String(HALF) }),
      );
      await active(StreamName);
      const low = await put(StreamName, 'low', 'k', 0n);
      const high = await put(StreamName, 'high', 'k', HALF);
      expect([low.ShardId, high.ShardId]).toEqual([shardId(1), shardId(2)]);

      const end = await read(StreamName, all);
      expect(end.Records).toHaveLength(1);
      expect(end.NextShardIterator).toBeUndefined();
      expect(end.MillisBehindLatest).toBe(0);
      const children = end.ChildShards?.map(({ ShardId, ParentShards }) => [ShardId, ParentShards]);
      expect(children).toEqual([
        [shardId(1), [shardId(0)]],
        [shardId(2), [shardId(0)]],
      ]);
      expect(end.ChildShards?.[1]?.HashKeyRange).toEqual({
        StartingHashKey: String(HALF),
        EndingHashKey: String(LAST_HASH_KEY),
      });
      const [parent] = await shards(StreamName);
      const range = parent?.SequenceNumberRange;
      expect(BigInt(range?.EndingSequenceNumber ?? 0)).toBeGreaterThan(BigInt(end.Records?.[0]?.SequenceNumber ?? 0));
      expect(BigInt(low.SequenceNumber ?? 0)).toBeGreaterThan(BigInt(end.Records?.[0]?.SequenceNumber ?? 0));

      expect(await ids(StreamName, { Type: 'AT_LATEST' })).toEqual([shardId(1), shardId(2)]);
      expect(await ids(StreamName, { Type: 'AT_TRIM_HORIZON' })).toEqual([shardId(0)]);
      expect(await ids(StreamName, { Type: 'FROM_TRIM_HORIZON' })).toHaveLength(3);
      expect(await ids(StreamName, { Type: 'AFTER_SHARD_ID', ShardId: shardId(0) })).toHaveLength(2);
      expect(await ids(StreamName, { Type: 'AT_TIMESTAMP', Timestamp: new Date() })).toEqual([shardId(1), shardId(2)]);
      expect(await ids(StreamName, { Type: 'FROM_TIMESTAMP', Timestamp: new Date() })).toHaveLength(2);
      expect(await ids(StreamName, { Type: 'FROM_TIMESTAMP', Timestamp: new Date(0) })).toHaveLength(3);
    });

    it('ends two merged shards with one child, empty ones too', async () => {
      const StreamName = await stream(2);
      await client.send(
        new MergeShardsCommand({ StreamName, ShardToMerge: shardId(1), AdjacentShardToMerge: shardId(0) }),
      );
      await active(StreamName);
      for (const index of [0, 1]) {
        const end = await read(StreamName, all, index);
        expect(end.Records).toEqual([]);
        expect(end.NextShardIterator).toBeUndefined();
        expect(end.ChildShards?.map(({ ShardId, ParentShards }) => [ShardId, ParentShards])).toEqual([
          [shardId(2), [shardId(1), shardId(0)]],
        ]);
      }
      const child = (await shards(StreamName)).at(-1);
      expect(child).toMatchObject({ ParentShardId: shardId(1), AdjacentParentShardId: shardId(0) });
      expect((await put(StreamName, 'x')).ShardId).toBe(shardId(2));
    });

    it('refuses what cannot be, with the error AWS has for it', async () => {
      const StreamName = await stream(3);
      const { SequenceNumber } = await put(StreamName, 'x', 'k', 0n);
      const half = String(LAST_HASH_KEY / 6n);
      const wrong: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['ResourceInUseException', () => client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))],
        ['ResourceNotFoundException', () => client.send(new DescribeStreamCommand({ StreamName: 'nowhere' }))],
        ['ResourceNotFoundException', () => put('nowhere', 'x')],
        ['ResourceNotFoundException', () => iterator(StreamName, all, 7)],
        ['InvalidArgumentException', () => client.send(new ListShardsCommand({}))],
        ['InvalidArgumentException', () => client.send(new GetRecordsCommand({ ShardIterator: 'AAAA' }))],
        ['InvalidArgumentException', () => iterator(StreamName, { ShardIteratorType: 'AT_SEQUENCE_NUMBER' })],
        ['InvalidArgumentException', () => iterator(StreamName, { ShardIteratorType: 'AT_TIMESTAMP' })],
        [
          'InvalidArgumentException',
          () =>
            iterator(
              StreamName,
              { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: SequenceNumber },
              1,
            ),
        ],
        [
          'InvalidArgumentException',
          async () =>
            client.send(new GetRecordsCommand({ ShardIterator: await iterator(StreamName, all), Limit: 10_001 })),
        ],
        ['ValidationException', () => put(StreamName, Buffer.alloc(MIB))],
        ['ValidationException', () => put(StreamName, 'x', '')],
        ['InvalidArgumentException', () => put(StreamName, 'x', 'k', LAST_HASH_KEY + 1n)],
        [
          'InvalidArgumentException',
          () => client.send(new SplitShardCommand({ StreamName, ShardToSplit: shardId(1), NewStartingHashKey: half })),
        ],
        [
          'InvalidArgumentException',
          () =>
            client.send(
              new MergeShardsCommand({ StreamName, ShardToMerge: shardId(0), AdjacentShardToMerge: shardId(2) }),
            ),
        ],
      ];
      for (const [i, [type, act]] of wrong.entries()) {
        const thrown: Error = await act().then(
          () => new Error('nothing thrown'),
          (error) => error,
        );
        expect(`${i} ${thrown.name}`).toBe(`${i} ${type}`);
      }
      const foreign = Array.from({ length: 11 }, () => ({ Data: Buffer.alloc(MIB - 100), PartitionKey: 'k' }));
      await expect(client.send(new PutRecordsCommand({ StreamName, Records: foreign }))).rejects.toMatchObject({
        name: 'InvalidArgumentException',
      });
    });
  });
};
