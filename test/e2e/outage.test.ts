import { describe, expect, it } from 'vitest';
import { event } from '../support/event.ts';
import { ownOpenSearch } from '../support/own-opensearch.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const MIB = 1024 * 1024;

describe('OpenSearch away under load', () => {
  it('loses nothing, stays within its memory, says why, and is ready again by itself', {
    timeout: 240_000,
  }, async () => {
    await using opensearch = await ownOpenSearch();
    await using world = await rig({ opensearchUrl: opensearch.url });
    const padding = 'x'.repeat(2_000);
    const batch = (from: number) => Array.from({ length: 5_000 }, (_, i) => event(`e${from + i}`, { song: padding }));
    const worker = world.worker({ SHARDLINE_MEMORY_BUDGET: '16MiB' });
    await world.put(batch(0));
    await until(async () => (await world.count()) > 0, 60_000);
    const idleBytes = worker.rssBytes();

    await opensearch.kill();
    for (let from = 5_000; from < 40_000; from += 5_000) await world.put(batch(from));
    const { text } = await until(async () => {
      const readiness = await worker.readiness();
      return readiness.status === 503 && readiness.text.includes('nothing is indexed since') ? readiness : undefined;
    }, 30_000);
    expect(text).toMatch(/does not answer/);
    await until(async () => (await worker.metric('shardline_buffer_bytes')) > 10 * MIB, 30_000);
    // The readers stand still now: the backlog waits on the stream, not in memory.
    const read = await worker.metric('shardline_records_read_total');
    let quietChecks = 0;
    await until(
      async () => (await worker.metric('shardline_records_read_total')) === read && ++quietChecks > 20,
      30_000,
      100,
    );
    expect(read).toBeLessThan(40_000);
    expect(await worker.metric('shardline_buffer_bytes')).toBeLessThan(32 * MIB);
    expect(worker.rssBytes()).toBeLessThan(idleBytes + 150 * MIB);

    await opensearch.start();
    await until(async () => (await worker.readiness()).status === 200, 60_000);
    await until(async () => (await world.count()) === 40_000, 90_000);
    const hits = await world.hits();
    expect(new Set(hits.map(({ id }) => id)).size).toBe(40_000);
    expect(hits.filter(({ version }) => version !== 1)).toEqual([]);
    expect(world.letters()).toEqual([]);
    worker.child.signal('SIGTERM');
    expect(await worker.child.ended).toBe('exit code 0');
  });
});
