import {
  GetShardIteratorCommand,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../../../support/clock.ts';
import { localKinesis, STREAM, shardId } from '../../../support/kinesis.ts';
import { until } from '../../../support/until.ts';

const StreamName = STREAM;
const list = new ListShardsCommand({ StreamName });
const order = (url: string, fault: object) =>
  fetch(`${url}/_admin/faults`, { method: 'POST', body: JSON.stringify(fault) }).then((response) => response.json());
const nameOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'fine',
    (thrown: Error) => thrown.name,
  );

describe('faults on demand', () => {
  it('throttle, fail and drop as often as ordered', async () => {
    await using local = await localKinesis();
    const { url } = local.kinesis;
    await order(url, { operation: 'ListShards', kind: 'throttle', count: 2 });
    await order(url, { operation: '*', kind: 'error' });
    await order(url, { operation: 'ListShards', kind: 'drop' });
    const names: string[] = [];
    for (let i = 0; i < 5; i++) names.push(await nameOf(local.client.send(list)));
    expect(names.slice(0, 3)).toEqual([
      'ProvisionedThroughputExceededException',
      'ProvisionedThroughputExceededException',
      'InternalFailureException',
    ]);
    expect(names[3]).not.toBe('fine');
    expect(names[4]).toBe('fine');
  });

  it('lose an answer after the work is done', async () => {
    await using local = await localKinesis();
    await order(local.kinesis.url, { operation: 'PutRecord', kind: 'lose' });
    const put = () =>
      local.client.send(new PutRecordCommand({ StreamName, Data: Buffer.from('x'), PartitionKey: 'k' }));
    expect(await nameOf(put())).not.toBe('fine');
    const second = await put();
    expect((BigInt(second.SequenceNumber ?? 0) >> 80n) & 0xffn).toBe(2n);
  });

  it('strike one shard alone, and only its records of a PutRecords request', async () => {
    await using local = await localKinesis(2);
    await order(local.kinesis.url, { operation: 'PutRecords', kind: 'throttle', shardId: shardId(1) });
    await order(local.kinesis.url, { operation: 'GetShardIterator', kind: 'throttle', shardId: shardId(1) });
    const Records = ['0', String((1n << 128n) - 1n), '1'].map((ExplicitHashKey) => ({
      Data: Buffer.from('x'),
      PartitionKey: 'k',
      ExplicitHashKey,
    }));
    const answer = await local.client.send(new PutRecordsCommand({ StreamName, Records }));
    expect(answer.FailedRecordCount).toBe(1);
    expect(answer.Records?.map((record) => record.ErrorCode !== undefined)).toEqual([false, true, false]);
    const iterator = (index: number) =>
      nameOf(
        local.client.send(
          new GetShardIteratorCommand({ StreamName, ShardId: shardId(index), ShardIteratorType: 'LATEST' }),
        ),
      );
    expect([await iterator(0), await iterator(1), await iterator(1)]).toEqual([
      'fine',
      'ProvisionedThroughputExceededException',
      'fine',
    ]);
  });

  it('slow an answer down', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock });
    await order(local.kinesis.url, { operation: 'ListShards', kind: 'slow', delayMs: 5000 });
    let answered = false;
    const slow = local.client.send(list).then(() => {
      answered = true;
    });
    await until(() => clock.sleepers() === 1);
    await clock.tick(4999);
    expect(answered).toBe(false);
    await clock.tick(1);
    await slow;
    expect(answered).toBe(true);
  });

  it('are cleared, listed, and refused when they make no sense', async () => {
    await using local = await localKinesis();
    const { url } = local.kinesis;
    const listed = await order(url, { operation: 'ListShards', kind: 'error', count: 9 });
    expect(listed).toEqual({ faults: [{ operation: 'ListShards', kind: 'error', count: 9, delayMs: 1000 }] });
    expect(await order(url, { operation: 'ListShards', kind: 'explode' })).toMatchObject({
      __type: 'ValidationException',
    });
    const cleared = await fetch(`${url}/_admin/faults`, { method: 'DELETE' });
    expect(await cleared.json()).toEqual({ faults: [] });
    expect(await nameOf(local.client.send(list))).toBe('fine');
  });
});
