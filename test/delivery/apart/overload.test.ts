import { afterAll, describe, expect, it } from 'vitest';
import { faultProxy } from '../../support/fault-proxy.ts';
import { type Left, play, show, writeTransform } from '../../support/matrix.ts';
import { ownOpenSearch } from '../../support/own-opensearch.ts';
import { rig } from '../../support/rig.ts';

const EVENTS = 5_000;
const left: Left[] = [];
afterAll(() => show(left));

describe('an OpenSearch that can take little', () => {
  it.each([
    { 'thread_pool.write.size': '1', 'thread_pool.write.queue_size': '1' },
    { 'indexing_pressure.memory.limit': '256kb' },
  ])('%o', async (settings) => {
    await using opensearch = await ownOpenSearch(settings);
    await using proxy = await faultProxy(opensearch.url);
    await using world = await rig({ opensearchUrl: opensearch.url });
    const worker = world.worker({
      SHARDLINE_OPENSEARCH_NODE: proxy.url,
      SHARDLINE_OPENSEARCH_BULK_DOCUMENTS: '1000',
      SHARDLINE_OPENSEARCH_BULK_IN_FLIGHT: '8',
      SHARDLINE_OPENSEARCH_SHARDS: '8',
      SHARDLINE_TRANSFORM: writeTransform(world.folder),
    });
    const name = Object.entries(settings)
      .map(([key, value]) => `${key}=${value}`)
      .join(' ');
    const found = await play({ world, proxy, worker }, 0, { name, rows: [], events: EVENTS });
    left.push(found);
    expect(found).toMatchObject({ documents: EVENTS, letters: {}, rewritten: 0 });
    // The limit was met, or this would show nothing.
    const text = await (await fetch(`${await worker.url()}/metrics`)).text();
    const again = /shardline_bulk_requests_total\{outcome="(?:retry|partial)"\} [1-9]/;
    expect(text).toMatch(again);
  });
});
