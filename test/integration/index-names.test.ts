import { afterAll, describe, expect, inject, it } from 'vitest';
import { ask, openSearchClient } from '../../src/sink/opensearch/client.ts';
import { createIndex } from '../../src/sink/opensearch/create-index.ts';
import { installTemplate } from '../../src/sink/opensearch/template.ts';
import { event } from '../support/event.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const client = openSearchClient({ node: inject('opensearchUrl'), gzip: false, requestTimeoutMs: 20_000 });
afterAll(() => client.close());

describe('an index made ahead of its time', () => {
  it('has the mappings of the template, is made once, and says why when it cannot be made', async () => {
    const name = `ahead-${process.pid}`;
    const mappings = { properties: { song: { type: 'keyword' } } };
    const shards = { primaries: 1, replicas: 0 };
    await installTemplate(
      client,
      { name, indexPatterns: [`${name}-*`], version: 1, mappings, composedOf: [], shards },
      never,
    );
    expect(await createIndex(client, `${name}-2026.01.03`, never)).toBe('created');
    expect(await createIndex(client, `${name}-2026.01.03`, never)).toBe('exists');
    const mapping = await ask(client, { method: 'GET', path: `/${name}-2026.01.03/_mapping` }, never);
    expect(JSON.stringify(mapping)).toContain('"song":{"type":"keyword"}');
    expect(await createIndex(client, 'Upper', never)).toEqual({ failed: expect.stringContaining('400') });
    const nobody = openSearchClient({ node: 'http://127.0.0.1:9', gzip: false, requestTimeoutMs: 5_000 });
    expect(await createIndex(nobody, 'x', never)).toEqual({ failed: expect.stringContaining('ECONNREFUSED') });
    await nobody.close();
  });
});

describe('documents outside the window', () => {
  it('go to one index of their own when it is named, with the mappings of the others, and twice changes nothing', {
    timeout: 120_000,
  }, async () => {
    await using world = await rig();
    const strays = `strays-${world.prefix}`;
    const year = (n: number) => new Date(Date.UTC(1970 + n, 5, 1)).toISOString();
    const events = [
      ...Array.from({ length: 40 }, (_, n) => event(`old-${n}`, { timestamp: year(n) })),
      event('now', { timestamp: new Date().toISOString() }),
    ];
    const worker = world.worker({
      SHARDLINE_INDEX_WINDOW_PAST: '30d',
      SHARDLINE_INDEX_WINDOW_OUTSIDE: strays,
    });
    await world.put(events);
    await world.put(events);
    const metric = (name: string) => worker.metric(`shardline_documents_${name}_total`);
    await until(async () => (await metric('indexed')) === 41 && (await metric('duplicate')) === 41, 60_000, 100);
    expect(world.letters()).toEqual([]);
    const inside = await world.hits();
    expect(inside.map(({ id }) => id)).toEqual(['now']);
    await ask(client, { method: 'POST', path: `/${strays}/_refresh` }, never);
    const counted = await ask(client, { method: 'GET', path: `/${strays}/_count` }, never);
    expect(counted).toMatchObject({ body: { count: 40 } });
    const mapping = await ask(client, { method: 'GET', path: `/${strays}/_mapping` }, never);
    expect(JSON.stringify(mapping)).toContain('"digest":{"type":"keyword"');
    await fetch(`${world.opensearchUrl}/${strays}`, { method: 'DELETE' });
  });
});
