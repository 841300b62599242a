import { setTimeout as delay } from 'node:timers/promises';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, inject, it } from 'vitest';
import { dynamoDbClient } from '../../src/lease/dynamodb/client.ts';
import { event } from '../support/event.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const FAILOVER_MS = 3_000;

it('a worker frozen for three times the failover and thawed under load changes nothing that is not its own', {
  timeout: 120_000,
}, async () => {
  await using world = await rig({ shards: 4 });
  const table = dynamoDbClient(10_000, {
    endpoint: inject('dynamodbUrl'),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const slowly = { SHARDLINE_OPENSEARCH_BULK_DOCUMENTS: '100', SHARDLINE_OPENSEARCH_BULK_IN_FLIGHT: '1' };
  let put = 0;
  const load = new AbortController();
  const feed = (async () => {
    while (!load.signal.aborted) {
      await world.put(Array.from({ length: 500 }, () => event(`e${put++}`)));
      await delay(150);
    }
  })();
  const frozen = world.worker(slowly);
  await until(async () => (await frozen.metric('shardline_leases_held')) === 4, 30_000);
  await until(async () => (await world.count()) > 1_000, 30_000);

  /** Every checkpoint seen, in its order: none ever goes back. */
  const wrong: string[] = [];
  const last = new Map<string, bigint>();
  const watch = (async () => {
    while (!load.signal.aborted) {
      const { Items = [] } = await table.send(new ScanCommand({ TableName: world.stream, ConsistentRead: true }));
      for (const { leaseKey, checkpoint } of Items) {
        if (!checkpoint?.S || !/^\d+$/.test(checkpoint.S)) continue;
        const position = BigInt(checkpoint.S);
        if (position < (last.get(leaseKey?.S ?? '') ?? 0n)) wrong.push(`${leaseKey?.S} went back to ${position}`);
        last.set(leaseKey?.S ?? '', position);
      }
      await delay(50);
    }
  })();

  frozen.child.signal('SIGSTOP');
  const successor = world.worker(slowly);
  await until(async () => (await successor.metric('shardline_leases_held')) === 4, 30_000);
  await delay(FAILOVER_MS * 3);
  frozen.child.signal('SIGCONT');
  await until(() => frozen.log().match(/"msg":"lost a lease"/g)?.length === 4, 30_000);
  await delay(FAILOVER_MS);
  load.abort();
  await Promise.all([feed, watch]);

  await until(async () => (await world.count()) === put, 60_000);
  const hits = await world.hits();
  expect(wrong).toEqual([]);
  expect(last.size).toBe(4);
  expect(new Set(hits.map(({ id }) => id)).size).toBe(put);
  expect(hits.filter(({ version }) => version !== 1)).toEqual([]);
  expect(world.letters()).toEqual([]);
  table.destroy();
});
