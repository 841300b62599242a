import {
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, expect, inject, it } from 'vitest';
import { systemClock, systemRandom } from '../../src/core/clock.ts';
import type { Work } from '../../src/core/lease.ts';
import { silentLog } from '../../src/core/log.ts';
import { sequencePosition } from '../../src/core/position.ts';
import { leaseTableProbe, openBoard } from '../../src/lease/board.ts';
import { coordinate } from '../../src/lease/coordinator.ts';
import { dynamoDbLeaseStore } from '../../src/lease/dynamodb/store.ts';
import { shard } from '../support/shard.ts';
import { until } from '../support/until.ts';

const FAILOVER_MS = 2_000;
const client = new DynamoDBClient({
  endpoint: inject('dynamodbUrl'),
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
afterAll(() => client.destroy());
const never = new AbortController().signal;
const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});

/** Saves the next number every 100 ms. */
const saving =
  (begun: string[]): Work =>
  async (held, stop) => {
    let at = held.position.at === 'SEQUENCE' ? Number(held.position.sequenceNumber) : 0;
    begun.push(`${held.shard.id} at ${at}`);
    while (!stop.aborted && !held.lost.aborted) {
      await systemClock.sleep(100, AbortSignal.any([stop, held.lost]));
      at += 1;
      await held.save(sequencePosition(String(at))).catch(() => undefined);
    }
    return held.lost.aborted ? 'lost' : 'stopped';
  };

/** A worker at work on two shards of a table of its own. */
const startWorker = (name: string) => {
  const table = `bad-table-${process.pid}-${name}`;
  const board = openBoard(systemClock);
  const stop = new AbortController();
  const begun: string[] = [];
  const ignore = () => {};
  const store = dynamoDbLeaseStore({ client, table, clock: systemClock, countWrite: ignore, countRead: ignore });
  const ended = coordinate(
    {
      store,
      listShards: async () => [shard('s'), shard('other')],
      work: saving(begun),
      workerId: 'a',
      start: { at: 'LATEST' },
      failoverMs: FAILOVER_MS,
      clock: systemClock,
      random: systemRandom,
      observe: { event: ignore },
      log: silentLog,
      board,
    },
    stop.signal,
  );
  running.push(async () => {
    stop.abort();
    await ended;
  });
  const checkpoint = async (shardId: string): Promise<number> => {
    const key = { leaseKey: { S: shardId } };
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }));
    return Number(Item?.checkpoint?.S);
  };
  const isPast = (shardId: string, than: number) => async () =>
    (await checkpoint(shardId).catch(() => Number.NaN)) > than;
  return { table, begun, isPast, checkpoint, why: () => leaseTableProbe(board).check(never) };
};

it('a table deleted under load is made again, and each shard goes on where it stood', async () => {
  const { table, begun, isPast, why, checkpoint } = startWorker('deleted');
  await until(isPast('s', 20), 20_000);
  await until(isPast('other', 20), 20_000);
  const before = await checkpoint('s');
  await client.send(new DeleteTableCommand({ TableName: table }));
  await until(isPast('s', before + 20), 40_000);
  await until(isPast('other', before + 20), 40_000);
  for (const line of begun.slice(2)) expect(Number(line.split(' at ')[1])).toBeGreaterThan(before - 20);
  await until(async () => (await why()) === undefined);
});

it('a row deleted under load is made again where it stood; the other shards know nothing of it', async () => {
  const { table, begun, isPast, checkpoint } = startWorker('row');
  await until(isPast('s', 20), 20_000);
  const before = await checkpoint('s');
  await client.send(new DeleteItemCommand({ TableName: table, Key: { leaseKey: { S: 's' } } }));
  await until(isPast('s', before + 20), 40_000);
  expect(begun.filter((line) => line.startsWith('other'))).toEqual(['other at 0']);
  expect(Number(begun.at(-1)?.split(' at ')[1])).toBeGreaterThan(before - 20);
});

it('a row of which only the key is left is named; the other shards go on', async () => {
  const { table, isPast, why, checkpoint } = startWorker('half');
  await until(isPast('s', 5), 20_000);
  await client.send(new PutItemCommand({ TableName: table, Item: { leaseKey: { S: 's' } } }));
  await until(async () => (await why())?.includes('s (leaseCounter is not a whole number)'));
  await until(isPast('other', (await checkpoint('other')) + 20), 20_000);
});

it('a table with another key is named for as long as it is there, and the work begins once it is gone', async () => {
  const TableName = `bad-table-${process.pid}-key`;
  const AttributeDefinitions = [{ AttributeName: 'id', AttributeType: 'S' as const }];
  const KeySchema = [{ AttributeName: 'id', KeyType: 'HASH' as const }];
  await client.send(
    new CreateTableCommand({ TableName, AttributeDefinitions, KeySchema, BillingMode: 'PAY_PER_REQUEST' }),
  );
  const { isPast, why } = startWorker('key');
  await until(async () => (await why())?.includes('its key is id (HASH), expected leaseKey (HASH)'));
  await client.send(new DeleteTableCommand({ TableName }));
  await until(isPast('s', 3), 30_000);
  await until(async () => (await why()) === undefined);
});
