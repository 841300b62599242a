import { afterAll, describe, expect, inject, it } from 'vitest';
import { digestIn } from '../../src/core/delivery.ts';
import { openSearchTarget } from '../../src/sink/opensearch/bulk-target.ts';
import { ask, openSearchClient } from '../../src/sink/opensearch/client.ts';
import { openSearchProbe } from '../../src/sink/opensearch/probe.ts';
import { installTemplate } from '../../src/sink/opensearch/template.ts';
import { delivery, special } from '../support/deliveries.ts';
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

describe('documents that name their routing or their pipeline', () => {
  const target = openSearchTarget({ client, bulkTimeoutMs: 5_000 });
  const put = (path: string, body: object) => ask(client, { method: 'PUT', path, body }, never);
  const through = (pipeline: string, index: string, id: string, version?: bigint) =>
    delivery(id, { index, special: special({ pipeline, op: version === undefined ? 'create' : 'index', version }) });
  const pipeline = async (name: string, ...processors: readonly object[]) => {
    const answer = await put(`/_ingest/pipeline/${name}`, { processors });
    expect(answer).toMatchObject({ status: 200 });
    return name;
  };

  it('stand in the shard that the routing says, and are found only with it', async () => {
    const index = prefix();
    await put(`/${index}`, { settings: { number_of_shards: 5, number_of_replicas: 0 } });
    const routed = Array.from({ length: 20 }, (_, i) =>
      delivery(`r${i}`, { index, special: special({ routing: 'one team' }) }),
    );
    await target.write(routed, never);
    expect(await target.digests(routed, never)).toEqual(routed.map(digestIn));
    const unrouted = routed.map(({ id }) => ({ index, id }));
    expect(await target.digests(unrouted, never)).toContain(undefined);
  });

  it('are told from those that the pipeline drops', async () => {
    const [index, name] = [prefix(), await pipeline(prefix(), { drop: {} })];
    expect(await target.write([through(name, index, 'a'), through(name, index, 'b', 5n)], never)).toEqual({
      items: [{ status: 'dropped' }, { status: 'dropped' }],
    });
  });

  it('are found where the pipeline has moved them', async () => {
    const [index, elsewhere] = [prefix(), prefix()];
    const name = await pipeline(prefix(), { set: { field: '_index', value: elsewhere } });
    const renaming = await pipeline(prefix(), { set: { field: '_id', value: 'other]: x' } });
    const moved = through(name, index, 'a');
    const renamed = through(renaming, index, 'a');
    expect(await target.write([moved, moved, renamed, renamed], never)).toEqual({
      items: [
        { status: 'ok' },
        { status: 'exists', index: elsewhere, id: 'a' },
        { status: 'ok' },
        { status: 'exists', index, id: 'other]: x' },
      ],
    });
    const places = [
      { index: elsewhere, id: 'a' },
      { index, id: 'other]: x' },
    ];
    expect(await target.digests(places, never)).toEqual([digestIn(moved), digestIn(renamed)]);
  });

  it('keep the digest of what was sent, whatever the pipeline makes of it', async () => {
    const [index, name] = [prefix(), await pipeline(prefix(), { set: { field: 'n', value: 'changed' } })];
    const changed = through(name, index, 'a');
    expect(await target.write([changed, changed], never)).toMatchObject({
      items: [{ status: 'ok' }, { status: 'exists' }],
    });
    expect(await target.digests([changed], never)).toEqual([digestIn(changed)]);
  });

  it('wait while the pipeline, or one that it calls, is not there', async () => {
    const [index, absent] = [prefix(), prefix()];
    const calling = await pipeline(prefix(), { pipeline: { name: absent } });
    const sick = { status: 'sick', why: expect.stringContaining(absent) };
    const batch = [through(absent, index, 'a'), through(calling, index, 'b'), delivery('c', { index })];
    expect(await target.write(batch, never)).toEqual({ items: [sick, sick, { status: 'ok' }] });
  });

  it('are rejected when the pipeline cannot work on them or refuses them', async () => {
    const index = prefix();
    const failing = await pipeline(prefix(), { fail: { message: 'no good' } });
    const parsing = await pipeline(prefix(), { date: { field: 'absent', formats: ['ISO8601'] } });
    const scripted = await pipeline(prefix(), { script: { source: 'ctx.x = ctx.absent.length()' } });
    const basing = await pipeline(prefix(), { set: { field: '_version', value: 77 } });
    const batch = [failing, parsing, scripted, basing].map((name, i) => through(name, index, `d${i}`));
    const answer = await target.write(batch, never);
    expect(answer).toEqual({
      items: ['no good', 'absent', 'null', 'expected version'].map((why) => ({
        status: 'rejected',
        why: expect.stringContaining(why),
      })),
    });
  });

  it('do not send a tombstone through the pipeline of its index', async () => {
    const [index, name] = [prefix(), await pipeline(prefix(), { fail: { message: 'no good' } })];
    await put(`/${index}`, { settings: { default_pipeline: name } });
    const deleted = delivery('a', { index, special: special({ op: 'delete', version: 5n }) });
    expect(await target.write([deleted, delivery('b', { index })], never)).toMatchObject({
      items: [{ status: 'ok' }, { status: 'rejected' }],
    });
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
