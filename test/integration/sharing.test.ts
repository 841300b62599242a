import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, expect, inject, it } from 'vitest';
import { systemClock, systemRandom } from '../../src/core/clock.ts';
import type { Work } from '../../src/core/lease.ts';
import { silentLog } from '../../src/core/log.ts';
import { openBoard } from '../../src/lease/board.ts';
import { coordinate } from '../../src/lease/coordinator.ts';
import { dynamoDbLeaseStore } from '../../src/lease/dynamodb/store.ts';
import { aborted } from '../support/coordinators.ts';
import { shard } from '../support/shard.ts';
import { until } from '../support/until.ts';

const client = new DynamoDBClient({
  endpoint: inject('dynamodbUrl'),
  region: 'eu-central-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
afterAll(() => client.destroy());
const never = new AbortController().signal;
const SHARDS = Array.from({ length: 12 }, (_, i) => shard(`s${i}`));

it('workers on a real table share evenly as they come and go, and never work on a shard together', {
  timeout: 120_000,
}, async () => {
  const ignore = () => {};
  const table = `sharing-${process.pid}`;
  const store = dynamoDbLeaseStore({ client, table, clock: systemClock, countWrite: ignore, countRead: ignore });
  const workers = new Map<string, string>();
  const together: string[] = [];
  const start = (workerId: string) => {
    const stop = new AbortController();
    const work: Work = async (held, stopping) => {
      const other = workers.get(held.shard.id);
      if (other) together.push(`${held.shard.id}: ${other} and ${workerId}`);
      workers.set(held.shard.id, workerId);
      await aborted(AbortSignal.any([stopping, held.lost]));
      workers.delete(held.shard.id);
      return held.lost.aborted ? 'lost' : 'stopped';
    };
    const ended = coordinate(
      {
        store,
        listShards: async () => SHARDS,
        work,
        workerId,
        start: { at: 'TRIM_HORIZON' },
        failoverMs: 4_000,
        clock: systemClock,
        random: systemRandom,
        observe: { event: ignore },
        log: silentLog,
        board: openBoard(systemClock),
      },
      stop.signal,
    );
    return { stop, ended };
  };
  const counts = () => {
    const sums: Record<string, number> = {};
    for (const worker of workers.values()) sums[worker] = (sums[worker] ?? 0) + 1;
    return sums;
  };
  const shared = (expected: Record<string, number>) =>
    until(() => {
      expect(counts()).toEqual(expected);
      return true;
    }, 30_000);

  const a = start('a');
  await shared({ a: 12 });
  const b = start('b');
  await shared({ a: 6, b: 6 });
  const c = start('c');
  await shared({ a: 4, b: 4, c: 4 });
  a.stop.abort();
  await a.ended;
  await shared({ b: 6, c: 6 });
  expect((await store.list(never)).workers.map(({ workerId }) => workerId).sort()).toEqual(['b', 'c']);
  for (const { stop } of [b, c]) stop.abort();
  await Promise.all([b.ended, c.ended]);
  const { rows, workers: left } = await store.list(never);
  expect([rows.filter(({ owner }) => owner).length, left, together]).toEqual([0, [], []]);
});
