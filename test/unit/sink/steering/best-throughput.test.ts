import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../../src/core/delivery.ts';
import { seeded } from '../../../support/clock.ts';
import { type ClusterOptions, simulatedCluster } from '../../../support/cluster/cluster.ts';
import { feedWriter } from '../../../support/cluster/feeding.ts';
import { delivery } from '../../../support/deliveries.ts';
import { simulationClock } from '../../../support/simulation/clock.ts';

type Kind = Omit<ClusterOptions, 'clock' | 'random'>;

const BYTES = 5_000;
const MOST_DOCUMENTS = 200;
const MOST_SLOTS = 8;
const MOST_REFUSED = 0.02;
const template = delivery('d');

const openCluster = (kind: Kind, seed: number) => {
  const clock = simulationClock();
  const random = seeded(seed);
  return { clock, random, cluster: simulatedCluster({ ...kind, clock, random }) };
};

/** Documents a second with so many requests under way, all of one size; 0 where too many of them are refused. */
const fixedThroughput = async (kind: Kind, slots: number, documents: number): Promise<number> => {
  const { clock, cluster } = openCluster(kind, 1);
  const batch = Array.from({ length: documents }, (_, i): Delivery => ({ ...template, bytes: BYTES, recordIndex: i }));
  const never = new AbortController().signal;
  let isOver = false;
  const send = async () => {
    while (!isOver) if (!('items' in (await cluster.write(batch, never)))) await clock.sleep(100);
  };
  for (let i = 0; i < slots; i += 1) void send();
  await clock.run(2_000);
  const { taken, refused } = { ...cluster.counts };
  await clock.run(10_000);
  isOver = true;
  const [more, no] = [cluster.counts.taken - taken, cluster.counts.refused - refused];
  return no > MOST_REFUSED * (more + no) ? 0 : more / 10;
};

const bestThroughput = async (kind: Kind): Promise<number> => {
  let best = 0;
  for (let slots = 1; slots <= MOST_SLOTS; slots += 1)
    for (const documents of [200, 100, 50, 25, 12])
      best = Math.max(best, await fixedThroughput(kind, slots, documents));
  return best;
};

/** What a writer gets that has 30 seconds to find out: documents a second, and the share that is refused. */
const steeredThroughput = async (kind: Kind, seed: number) => {
  const { clock, random, cluster } = openCluster(kind, seed);
  const limits = { maxInFlight: MOST_SLOTS, maxDocuments: MOST_DOCUMENTS, bytes: BYTES };
  const feed = feedWriter({ clock, random, target: cluster, ...limits }, [10_000]);
  await clock.run(30_000);
  const { taken, refused } = { ...cluster.counts };
  await clock.run(60_000);
  const [more, no] = [cluster.counts.taken - taken, cluster.counts.refused - refused];
  await feed.end();
  return { perSecond: more / 60, refused: no / (more + no) };
};

const usual: Kind = { threads: 2, wayMs: 10, taskMs: 5, documentMs: 1, noise: 0.3 };

describe('the pace of bulk requests', () => {
  it.each<[string, Kind]>([
    ['one thread', { ...usual, threads: 1 }],
    ['two threads', usual],
    ['eight threads', { ...usual, threads: 8, documentMs: 2 }],
    ['a queue of two', { ...usual, queue: 2 }],
    ['four threads and hardly a queue', { ...usual, threads: 4, queue: 1, wayMs: 20 }],
    ['four shards of one index', { ...usual, threads: 4, shards: 4, queue: 8, taskMs: 3 }],
    ['memory for two full requests', { ...usual, threads: 4, memoryBytes: 2_000_000 }],
    ['memory for a quarter of a full request', { ...usual, memoryBytes: 256_000 }],
    ['a proxy that takes a third of a full request', { ...usual, requestBytes: 300_000 }],
    ['far away', { ...usual, threads: 8, wayMs: 300, documentMs: 0.5 }],
    ['slower with each task in hand', { ...usual, strain: (tasks) => 1 + 0.3 * Math.max(0, tasks - 2) }],
  ])('is within a tenth of the best there is: %s', async (_, kind) => {
    const best = await bestThroughput(kind);
    for (const seed of [2, 3]) {
      const { perSecond, refused } = await steeredThroughput(kind, seed);
      expect(perSecond / best).toBeGreaterThan(0.9);
      expect(refused).toBeLessThan(MOST_REFUSED);
    }
  });
});

it('the pace is found again when all has been ten times quicker before, as with duplicates', {
  timeout: 60_000,
}, async () => {
  let strain = 0.1;
  const kind: Kind = { ...usual, threads: 8, documentMs: 2, strain: () => strain };
  const { clock, random, cluster } = openCluster(kind, 2);
  const feed = feedWriter(
    { clock, random, target: cluster, maxInFlight: MOST_SLOTS, maxDocuments: 200, bytes: BYTES },
    [100_000],
  );
  await clock.run(60_000);
  strain = 1;
  await clock.run(600_000);
  const { taken } = { ...cluster.counts };
  await clock.run(60_000);
  await feed.end();
  expect((cluster.counts.taken - taken) / 60).toBeGreaterThan(0.9 * (await bestThroughput(kind)));
});
