import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contentDigest } from '../../src/sink/content-digest.ts';
import { openSearchClient } from '../../src/sink/opensearch/client.ts';
import { insisting, type StoredDocument, storedDocuments } from '../../src/sink/opensearch/stored-documents.ts';
import { commonMappings } from '../../src/transform/common-mappings.ts';

const prefix = `stored-${process.pid}`;
const [ONE, TWO] = [`${prefix}-1`, `${prefix}-2`];
const AT_MS = Date.UTC(2026, 10, 20, 12);
/** More than one answer holds, where documents are read whole. */
const CROWD = 560;

const call = async (method: string, path: string, body?: string) => {
  const headers = { 'content-type': 'application/x-ndjson' };
  const answer = await fetch(inject('opensearchUrl') + path, { method, headers, ...(body && { body }) });
  return { status: answer.status, text: await answer.text() };
};

const ingest = (n: number, arrivedMs: number, digest?: string) => ({
  stream: 'events',
  shard: 'shard-0',
  sequence_number: `${n}`,
  arrived_at: new Date(arrivedMs).toISOString(),
  ...(digest !== undefined && { digest }),
});

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const digestOf = (n: number): string => `${CHARACTERS[n % 64]}${CHARACTERS[(n >> 6) % 64]}xyz`;

const client = openSearchClient({ node: inject('opensearchUrl'), gzip: false, requestTimeoutMs: 60_000 });
const { signal } = new AbortController();
const insist = insisting({ client, signal, pause: async () => false });
const stored = (...indices: string[]) => storedDocuments({ insist, indices, compared: 'marks' });
const whole = storedDocuments({ insist, indices: [`${prefix}-*`], compared: 'contents' });

const listed = async (fromMs: number, toMs: number): Promise<readonly StoredDocument[]> => {
  const all: StoredDocument[] = [];
  for await (const page of whole.arrived({ fromMs, toMs })) all.push(...page);
  return all;
};

beforeAll(async () => {
  for (const index of [ONE, TWO]) {
    const body = JSON.stringify({ settings: { number_of_replicas: 0 }, mappings: commonMappings });
    expect(await call('PUT', `/${index}`, body)).toMatchObject({ status: 200 });
  }
  const document = (index: string, id: string, body: object) =>
    `${JSON.stringify({ create: { _index: index, _id: id } })}\n${JSON.stringify(body)}\n`;
  const crowd = Array.from({ length: CROWD }, (_, n) => {
    const digest = n % 100 === 0 ? undefined : n % 100 === 1 ? '?odd' : digestOf(n);
    return document(n % 2 ? ONE : TWO, `c${n}`, { ingest: ingest(n, AT_MS, digest) });
  });
  const others = [
    document(ONE, 'before', { ingest: ingest(1, AT_MS - 1, 'd') }),
    document(ONE, 'after', { ingest: ingest(2, AT_MS + 3_600_000, 'd') }),
    document(ONE, 'by-hand', { some: 'thing' }),
    document(TWO, 'no-arrival', { ingest: { stream: 'events', digest: 'd' } }),
  ];
  const answer = await call('POST', '/_bulk', [...crowd, ...others].join(''));
  expect(answer.text).toContain('"errors":false');
});

afterAll(async () => {
  await client.close();
  await call('DELETE', `/${prefix}-*`);
});

describe('documents of a real OpenSearch', () => {
  it('are listed by arrival, each once, also more of one millisecond than an answer holds', async () => {
    expect(await stored(`${prefix}-*`).refresh()).toBe(true);
    const crowd = await listed(AT_MS, AT_MS + 1);
    expect(new Set(crowd.map(({ id }) => id)).size).toBe(CROWD);
    expect(crowd).toHaveLength(CROWD);
    expect(await stored(ONE).lookUp([{ index: ONE, id: 'c7' }])).toMatchObject([{ digest: digestOf(7) }]);
    expect(crowd.find(({ id }) => id === 'c7')).toEqual({
      index: ONE,
      id: 'c7',
      digest: contentDigest({}),
      stream: 'events',
      shard: 'shard-0',
      sequenceNumber: '7',
      arrivedMs: AT_MS,
    });
    expect((await listed(AT_MS - 1, AT_MS)).map(({ id }) => id)).toEqual(['before']);
    expect((await listed(AT_MS + 1, AT_MS + 86_400_000)).map(({ id }) => id)).toEqual(['after']);
  });

  it('are found where they do not say when they arrived, in the indices asked for', async () => {
    const all = await stored(`${prefix}-*`).unmarked([ONE, TWO, 'absent']);
    expect(all.documents.map(({ id, digest }) => [id, digest]).sort()).toEqual([
      ['by-hand', undefined],
      ['no-arrival', 'd'],
    ]);
    expect(await stored(`${prefix}-*`).unmarked([ONE])).toMatchObject({ total: 1, documents: [{ id: 'by-hand' }] });
  });

  it('are looked up by their ids, and indices that are not there are told apart', async () => {
    const ids = [
      { index: ONE, id: 'before' },
      { index: TWO, id: 'before' },
      { index: `${prefix}-absent`, id: 'before' },
    ];
    expect(await stored(`${prefix}-*`).lookUp(ids)).toEqual([
      expect.objectContaining({ index: ONE, id: 'before', arrivedMs: AT_MS - 1 }),
      undefined,
      'no-index',
    ]);
  });

  it('of an index that is not there are none, also under its own name beside a wildcard', async () => {
    const absent = stored(`${prefix}-1`, `${prefix}-absent`);
    expect(await absent.refresh()).toBe(true);
    expect(await absent.unmarked([ONE])).toMatchObject({ total: 1 });
    expect(await stored(`${prefix}-absent`).unmarked([ONE])).toEqual({ total: 0, documents: [] });
  });

  it('of a closed index cannot be told of: that is no answer', async () => {
    const closed = `${prefix}-closed`;
    await call('PUT', `/${closed}`);
    await call('POST', `/${closed}/_close`);
    await expect(stored(closed).lookUp([{ index: closed, id: 'x' }])).rejects.toThrow(/closed/);
  });
});
