import { afterAll, describe, expect, inject, it } from 'vitest';
import { openSearchTarget } from '../../src/sink/opensearch/bulk-target.ts';
import { ask, openSearchClient } from '../../src/sink/opensearch/client.ts';
import { openSearchProbe } from '../../src/sink/opensearch/probe.ts';
import { installTemplate } from '../../src/sink/opensearch/template.ts';
import { delivery } from '../support/deliveries.ts';
import { bulkTargetContract } from './bulk-target.ts';

const never = new AbortController().signal;
const options = { gzip: false, requestTimeoutMs: 20_000 };
const client = openSearchClient({ ...options, node: inject('opensearchUrl') });
const nobody = openSearchClient({ ...options, node: 'http://127.0.0.1:9' });
let count = 0;
const prefix = () => `contract-${process.pid}-${++count}`;

afterAll(async () => {
  await client.close();
  await nobody.close();
});

describe('OpenSearch', () => {
  bulkTargetContract(() => ({ target: openSearchTarget({ client, bulkTimeoutMs: 5_000 }), prefix: prefix() }));
});

describe('OpenSearch with gzip', () => {
  const zipped = openSearchClient({ ...options, gzip: true, node: inject('opensearchUrl') });
  afterAll(() => zipped.close());
  bulkTargetContract(() => ({ target: openSearchTarget({ client: zipped, bulkTimeoutMs: 5_000 }), prefix: prefix() }));
});

describe('what OpenSearch refuses', () => {
  const target = openSearchTarget({ client, bulkTimeoutMs: 5_000 });
  const at = (index: string, id: string, body: string) => delivery(id, { index, body });

  it('a document that contradicts the mapping is rejected with the reason, the others are written', async () => {
    const index = prefix();
    await ask(
      client,
      { method: 'PUT', path: `/${index}`, body: { mappings: { properties: { n: { type: 'integer' } } } } },
      never,
    );
    const answer = await target.write([at(index, 'a', '{"n":1}'), at(index, 'b', '{"n":"one"}')], never);
    expect(answer).toMatchObject({
      items: [{ status: 'ok' }, { status: 'rejected', why: expect.stringContaining('400') }],
    });
  });

  it('an id of 513 bytes refuses the whole request: it is to be split', async () => {
    const index = prefix();
    const answer = await target.write([at(index, 'x'.repeat(513), '{}'), at(index, 'a', '{}')], never);
    expect(answer).toMatchObject({ split: expect.stringContaining('400'), tooLarge: false });
  });

  it('a blocked index is sick, not its documents', async () => {
    const index = prefix();
    await ask(client, { method: 'PUT', path: `/${index}`, body: { settings: { 'index.blocks.write': true } } }, never);
    const answer = await target.write([at(index, 'a', '{}')], never);
    expect(answer).toMatchObject({
      items: [{ status: 'sick', why: expect.stringContaining('cluster_block_exception') }],
    });
  });

  it('nobody there is an answer too', async () => {
    const lonely = openSearchTarget({ client: nobody, bulkTimeoutMs: 5_000 });
    for (let i = 0; i < 3; i += 1) {
      expect(await lonely.write([at('i', 'a', '{}')], never)).toHaveProperty('retry');
    }
    await expect(lonely.digests([at('i', 'a', '{}')], never)).rejects.toThrow();
    expect(await openSearchProbe({ client: nobody, node: 'http://127.0.0.1:9' }).check(never)).toContain(
      'does not answer',
    );
    expect(await openSearchProbe({ client, node: 'here' }).check(never)).toBeUndefined();
    expect(await openSearchProbe({ client, node: 'here', index: () => 'not-there' }).check(never)).toBeUndefined();
  });
});

describe('the index template', () => {
  const template = (name: string, version: number) => ({
    name,
    indexPatterns: [`${name}-*`],
    version,
    mappings: { properties: { [`v${version}`]: { type: 'keyword' } } },
    composedOf: [],
    shards: { primaries: 1, replicas: 0 },
  });

  it('is created when absent, replaced when older, kept when newer', async () => {
    const name = prefix();
    expect(await installTemplate(client, template(name, 2), never)).toBe('created');
    expect(await installTemplate(client, template(name, 2), never)).toBe('kept');
    expect(await installTemplate(client, template(name, 1), never)).toBe('kept');
    expect(await installTemplate(client, template(name, 3), never)).toBe('updated');
    await ask(client, { method: 'PUT', path: `/${name}-x` }, never);
    const mapping = await ask(client, { method: 'GET', path: `/${name}-x/_mapping` }, never);
    expect(JSON.stringify(mapping)).toContain('v3');
  });

  it('tells why when it cannot be installed', async () => {
    await expect(installTemplate(nobody, template('x', 1), never)).rejects.toMatchObject({
      code: 'SHARDLINE_TEMPLATE_REFUSED',
    });
    const bad = { ...template(prefix(), 1), mappings: { properties: { a: { type: 'no-such-type' } } } };
    await expect(installTemplate(client, bad, never)).rejects.toThrow(/no-such-type|No handler/);
  });
});
