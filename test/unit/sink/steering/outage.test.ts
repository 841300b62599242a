import { describe, expect, it } from 'vitest';
import { seeded } from '../../../support/clock.ts';
import { type ClusterOptions, simulatedCluster } from '../../../support/cluster/cluster.ts';
import { type Feed, feedWriter } from '../../../support/cluster/feeding.ts';
import { type SimulationClock, simulationClock } from '../../../support/simulation/clock.ts';

const open = (kind: Partial<ClusterOptions>, seed = 1) => {
  const clock = simulationClock();
  const random = seeded(seed);
  const usual = { threads: 2, queue: 4, wayMs: 10, taskMs: 5, documentMs: 0.2, noise: 0.3 };
  return { clock, random, cluster: simulatedCluster({ ...usual, ...kind, clock, random }) };
};

/** A tenth of the documents, ten times as large: what it shows is the same, and costs a tenth. */
const fewer = { documentMs: 2 };
const larger = { maxDocuments: 200, bytes: 5_000 };

/** Seconds until hardly anything is waiting. */
const catchUp = async (clock: SimulationClock, feeds: readonly Feed[], enough: number): Promise<number> => {
  const beganMs = clock.now();
  const backlog = () => feeds.reduce((sum, feed) => sum + feed.backlog(), 0);
  while (backlog() > enough && clock.now() - beganMs < 3_600_000) await clock.run(1_000);
  return (clock.now() - beganMs) / 1000;
};

describe('an outage', () => {
  it.each(['refusing', 'silent'] as const)(
    'of five minutes at 2,000 events/s is caught up with at three times that: %s',
    {
      timeout: 60_000,
    },
    async (away) => {
      const { clock, random, cluster } = open({});
      const feed = feedWriter({ clock, random, target: cluster }, [500, 500, 500, 500]);
      await clock.run(20_000);
      const before = { ...cluster.counts };
      cluster.away = away;
      await clock.run(300_000);
      // One request at a time asks whether it is over, at pauses that grow to 5 s.
      expect(cluster.counts.requests - before.requests).toBeLessThan(150);
      cluster.away = undefined;
      const back = { ...cluster.counts };
      const seconds = await catchUp(clock, [feed], 2_000);
      const taken = cluster.counts.taken - back.taken;
      expect(taken / seconds).toBeGreaterThan(6_000);
      expect(cluster.counts.refused - back.refused).toBeLessThan(0.02 * taken);
      expect(feed.letters()).toBe(0);
      await feed.end();
    },
  );

  it('ends without a stampede of twelve workers, who share what there is', { timeout: 60_000 }, async () => {
    const { clock, random, cluster } = open({ ...fewer, threads: 4, queue: 40, memoryBytes: 20_000_000 });
    const feeds = Array.from({ length: 12 }, () => feedWriter({ clock, random, target: cluster, ...larger }, [50, 50]));
    await clock.run(20_000);
    cluster.away = 'refusing';
    await clock.run(120_000);
    const back = { ...cluster.counts };
    cluster.away = undefined;
    cluster.arrivals = [];
    const backMs = clock.now();
    await clock.run(10_000);
    const within = (ms: number) => cluster.arrivals?.filter((at) => at < backMs + ms).length ?? 0;
    // Twelve times eight would come at once, were they let loose.
    expect(within(500)).toBeLessThanOrEqual(24);
    cluster.arrivals = undefined;
    const seconds = await catchUp(clock, feeds, 1_500);
    const taken = cluster.counts.taken - back.taken;
    expect(taken / (10 + seconds)).toBeGreaterThan(0.9 * 1_900);
    // Each has to find out that the others are there.
    expect(cluster.counts.refused - back.refused).toBeLessThan(0.05 * taken);
    const shares = feeds.map(({ shards }) => shards.reduce((sum, { settled }) => sum + settled, 0));
    expect(Math.min(...shares)).toBeGreaterThan(0.8 * Math.max(...shares));
    for (const feed of feeds) await feed.end();
  });

  it('that asks all workers for the same pause does not see them again at the same moment', async () => {
    const { clock, random, cluster } = open({ memoryBytes: 0, retryAfterMs: 10_000 });
    const feeds = Array.from({ length: 12 }, () => feedWriter({ clock, random, target: cluster }, [100]));
    await clock.run(1_000);
    cluster.arrivals = [];
    const beganMs = clock.now();
    await clock.run(20_000);
    const first = cluster.arrivals.slice(0, 12).map((at) => at - beganMs);
    expect(Math.min(...first)).toBeGreaterThan(9_000);
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(1_000);
    for (const feed of feeds) await feed.end();
  });
});

describe('a cluster that is overrun', () => {
  it('goes on taking what it can, and refuses hardly anything, while eight workers have ten times as much', async () => {
    const { clock, random, cluster } = open({ ...fewer, queue: 12 });
    const feeds = Array.from({ length: 8 }, () => feedWriter({ clock, random, target: cluster, ...larger }, [1_200]));
    await clock.run(60_000);
    const { taken, refused } = { ...cluster.counts };
    await clock.run(60_000);
    const [more, no] = [cluster.counts.taken - taken, cluster.counts.refused - refused];
    expect(more / 60).toBeGreaterThan(0.9 * 980);
    expect(no).toBeLessThan(0.02 * more);
    for (const feed of feeds) await feed.end();
  });

  it('lets the quiet shards through beside a hot one', async () => {
    const { clock, random, cluster } = open(fewer);
    const feed = feedWriter({ clock, random, target: cluster, ...larger }, [2_000, 5, 5]);
    await clock.run(30_000);
    for (const shard of feed.shards) shard.longestMs = 0;
    await clock.run(60_000);
    const [hot, ...quiet] = feed.shards;
    expect(hot?.due).toBeGreaterThan(1.5 * (hot?.settled ?? Infinity));
    for (const { longestMs, due, settled } of quiet) {
      expect(longestMs).toBeLessThan(3_000);
      expect(due - settled).toBeLessThan(20);
    }
    await feed.end();
  });
});
