import {
  CreateTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { dynamoDbClient } from '../../src/lease/dynamodb/client.ts';
import type { Item } from '../../src/lease/dynamodb/rows.ts';
import { dynamoDbLeaseStore } from '../../src/lease/dynamodb/store.ts';
import { leaseStoreContract, newLease } from './lease-store.ts';

const client = dynamoDbClient(10_000, {
  endpoint: inject('dynamodbUrl'),
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const never = new AbortController().signal;
const run = process.pid;
let tables = 0;

const open = async () => {
  tables += 1;
  const table = `lease-store-${run}-${tables}`;
  const writes: string[] = [];
  const reads: string[] = [];
  const store = dynamoDbLeaseStore({
    client,
    table,
    clock: systemClock,
    countWrite: (op) => writes.push(op),
    countRead: (op) => reads.push(op),
  });
  await store.prepare(never);
  const item = async (shardId: string): Promise<Item | undefined> =>
    (
      await client.send(
        new GetItemCommand({ TableName: table, Key: { leaseKey: { S: shardId } }, ConsistentRead: true }),
      )
    ).Item;
  const put = (row: Item) => client.send(new PutItemCommand({ TableName: table, Item: row }));
  const only = async () => (await store.list(never)).rows[0] ?? expect.unreachable('no row');
  return { store, table, writes, reads, item, put, only };
};

afterAll(() => client.destroy());

describe('the lease table in DynamoDB', () => {
  leaseStoreContract(async () => (await open()).store);
});

describe('rows in the format of the KCL', () => {
  it('have its attributes, types and sentinels from creation to the end of the shard', async () => {
    const { store, item, only } = await open();
    const parents = ['shardId-000000000001', 'shardId-000000000002'];
    await store.create(newLease('shardId-000000000007', { parents }), 'w1');
    const made = {
      leaseKey: { S: 'shardId-000000000007' },
      leaseCounter: { N: '0' },
      checkpoint: { S: 'TRIM_HORIZON' },
      checkpointSubSequenceNumber: { N: '0' },
      ownerSwitchesSinceCheckpoint: { N: '0' },
      parentShardId: { SS: parents },
      startingHashKey: { S: '0' },
      endingHashKey: { S: '340282366920938463463374607431768211455' },
      entityType: { S: 'LEASE' },
      shardlineWriteId: { S: 'w1' },
    };
    expect(await item('shardId-000000000007')).toEqual(made);

    await store.take(await only(), 'a', undefined, 'w2');
    const taken = { ...made, leaseOwner: { S: 'a' }, leaseCounter: { N: '1' }, shardlineWriteId: { S: 'w2' } };
    expect(await item('shardId-000000000007')).toEqual(taken);

    await store.take(await only(), 'b', undefined, 'w3');
    const switched = { ...taken, leaseOwner: { S: 'b' }, leaseCounter: { N: '2' }, shardlineWriteId: { S: 'w3' } };
    expect(await item('shardId-000000000007')).toEqual({ ...switched, ownerSwitchesSinceCheckpoint: { N: '1' } });

    const fence = { shardId: 'shardId-000000000007', owner: 'b', counter: 2 };
    await store.save(fence, { at: 'SEQUENCE', sequenceNumber: '4959', subSequenceNumber: 3 }, 'w4');
    expect(await item('shardId-000000000007')).toEqual({
      ...switched,
      leaseCounter: { N: '3' },
      checkpoint: { S: '4959' },
      checkpointSubSequenceNumber: { N: '3' },
      shardlineWriteId: { S: 'w4' },
    });

    await store.finish({ ...fence, counter: 3 }, ['c1', 'c2'], 'w5');
    expect(await item('shardId-000000000007')).toEqual({
      ...switched,
      leaseCounter: { N: '4' },
      checkpoint: { S: 'SHARD_END' },
      childShardIds: { SS: ['c1', 'c2'] },
      shardlineWriteId: { S: 'w5' },
    });
  });

  it('lose owner and nothing else on release', async () => {
    const { store, item, only } = await open();
    await store.create(newLease('s'), 'w1');
    await store.take(await only(), 'a', undefined, 'w2');
    const { leaseOwner: _, ...held } = (await item('s')) ?? {};
    await store.release({ shardId: 's', owner: 'a', counter: 1 }, 'w3');
    expect(await item('s')).toEqual({ ...held, leaseCounter: { N: '2' }, shardlineWriteId: { S: 'w3' } });
  });

  it('of a Java worker are read, kept and, by a checkpoint, cleared of what was prepared', async () => {
    const { store, table, item, put, only } = await open();
    const java: Item = {
      leaseKey: { S: 's' },
      leaseOwner: { S: 'java' },
      leaseCounter: { N: '41' },
      checkpoint: { S: '4959' },
      checkpointSubSequenceNumber: { N: '2' },
      ownerSwitchesSinceCheckpoint: { N: '4' },
      throughputKBps: { N: '12.345678' },
      pendingCheckpoint: { S: '4960' },
      pendingCheckpointSubSequenceNumber: { N: '0' },
      pendingCheckpointState: { B: new Uint8Array([1]) },
    };
    await put(java);
    expect(await only()).toMatchObject({
      owner: 'java',
      counter: 41,
      checkpoint: { at: 'SEQUENCE', sequenceNumber: '4959', subSequenceNumber: 2 },
    });
    await store.take(await only(), 'a', undefined, 'w1');
    expect(await item('s')).toMatchObject({ throughputKBps: { N: '12.345678' }, pendingCheckpoint: { S: '4960' } });
    const fence = { shardId: 's', owner: 'a', counter: 42 };
    await store.save(fence, { at: 'SEQUENCE', sequenceNumber: '4961', subSequenceNumber: 0 }, 'w2');
    expect(Object.keys((await item('s')) ?? {}).filter((name) => name.startsWith('pending'))).toEqual([]);
    // A Java take changes the counter and not our write id: our write, sent again, must not pass for the last one.
    const javaTake = { TableName: table, Key: { leaseKey: { S: 's' } }, UpdateExpression: 'ADD leaseCounter :one' };
    await client.send(new UpdateItemCommand({ ...javaTake, ExpressionAttributeValues: { ':one': { N: '1' } } }));
    expect(await store.save(fence, { at: 'SEQUENCE', sequenceNumber: '4961', subSequenceNumber: 0 }, 'w2')).toBe(false);
  });

  it('that are no leases are ignored, and those that cannot be read are reported and left alone', async () => {
    const { store, table, put } = await open();
    await store.create(newLease('good'), 'w1');
    await put({ leaseKey: { S: 'worker-1' }, entityType: { S: 'WORKER_METRIC_STATS' } });
    await put({ leaseKey: { S: 'no-counter' }, checkpoint: { S: 'LATEST' } });
    await put({ leaseKey: { S: 'odd' }, leaseCounter: { N: '1' }, checkpoint: { S: 'EARLIEST' } });
    const { rows, malformed } = await store.list(never);
    expect(rows.map(({ shardId }) => shardId)).toEqual(['good']);
    expect([...malformed].sort((a, b) => a.key.localeCompare(b.key))).toEqual([
      { key: 'no-counter', problem: 'leaseCounter is not a whole number' },
      {
        key: 'odd',
        problem:
          'checkpoint is EARLIEST: neither a sequence number nor one of TRIM_HORIZON, LATEST, AT_TIMESTAMP, SHARD_END',
      },
    ]);
    expect(await store.create(newLease('odd'), 'w2')).toBe(false);
    expect((await client.send(new ScanCommand({ TableName: table }))).Count).toBe(4);
  });
});

describe('the row of a worker', () => {
  it('is as the KCL writes it for a worker without metrics, and never replaces a lease', async () => {
    const { store, item } = await open();
    const beforeMs = Date.now() - 1_000;
    await store.show({ workerId: 'host-1', beat: 'w1' });
    const { lut, ...rest } = (await item('host-1')) ?? {};
    expect(rest).toEqual({
      leaseKey: { S: 'host-1' },
      entityType: { S: 'WORKER_METRIC_STATS' },
      sts: { M: {} },
      opr: { M: {} },
      shardlineWriteId: { S: 'w1' },
    });
    expect(Number(lut?.N) * 1_000).toBeGreaterThanOrEqual(beforeMs);
    await store.create(newLease('s'), 'w2');
    await expect(store.show({ workerId: 's', beat: 'w3' })).rejects.toThrow();
    await store.hide({ workerId: 's', beat: 'w2' });
    expect(await item('s')).toMatchObject({ entityType: { S: 'LEASE' }, shardlineWriteId: { S: 'w2' } });
  });
});

describe('the table itself', () => {
  it('is made with billing on demand, by several workers at once', async () => {
    const table = `lease-store-${run}-together`;
    const store = () =>
      dynamoDbLeaseStore({ client, table, clock: systemClock, countWrite: () => {}, countRead: () => {} });
    await Promise.all([store().prepare(never), store().prepare(never), store().prepare(never)]);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    expect([Table?.TableStatus, Table?.BillingModeSummary?.BillingMode]).toEqual(['ACTIVE', 'PAY_PER_REQUEST']);
  });

  it('with another key is refused in words', async () => {
    const table = `lease-store-${run}-foreign`;
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'N' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    const store = dynamoDbLeaseStore({ client, table, clock: systemClock, countWrite: () => {}, countRead: () => {} });
    await expect(store.prepare(never)).rejects.toMatchObject({
      code: 'SHARDLINE_LEASE_TABLE_UNUSABLE',
      message: expect.stringContaining('its key is id (HASH), expected leaseKey (HASH)'),
    });
  });

  it('counts what is written to it and read of it', async () => {
    const { store, writes, reads, only } = await open();
    await store.create(newLease('s'), 'w1');
    await store.take(await only(), 'a', undefined, 'w2');
    await store.renew({ shardId: 's', owner: 'a', counter: 1 }, 'w3');
    await store.show({ workerId: 'a', beat: 'w4' });
    expect([writes, reads.slice(-1)]).toEqual([['create', 'take', 'renew', 'show'], ['scan']]);
    expect(reads).toContain('describe');
  });
});
