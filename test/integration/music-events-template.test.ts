import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { sequencePosition } from '../../src/core/position.ts';
import { commonMappings, mergeMappings } from '../../src/transform/common-mappings.ts';
import { loadTransform } from '../../src/transform/load.ts';

const index = `music-template-${process.pid}`;
const transform = await loadTransform('music-events', {}, '.');

const call = async (method: string, path: string, body?: object | string) => {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(inject('opensearchUrl') + path, {
    method,
    headers,
    ...(text !== undefined && { body: text }),
  });
  return { status: answer.status, body: await answer.text() };
};

/** Indexes the event as the service would; answers with the status and what OpenSearch says. */
const send = async (id: string, rest: string) => {
  const value: unknown = JSON.parse(`{"event_id":"${id}","event_type":"play",${rest}}`);
  const message = { bytes: new Uint8Array(), value, at: sequencePosition('1'), arrived: new Date(0) };
  const [document] = transform.apply(message);
  if (!document) throw new Error('no document');
  const body = { '@timestamp': document.timestamp.toISOString(), ...document.body };
  return call('PUT', `/${index}/_create/${id}?refresh=true`, body);
};

const found = async (query: object): Promise<string[]> => {
  const { body } = await call('POST', `/${index}/_search`, { query });
  const { hits } = JSON.parse(body) as { hits: { hits: { _id: string }[] } };
  return hits.hits.map(({ _id }) => _id).sort();
};

const mapping = async () => (await call('GET', `/${index}/_mapping`)).body;

beforeAll(async () => {
  const mappings = mergeMappings(commonMappings, transform.template?.mappings ?? {});
  const settings = { number_of_shards: 1, number_of_replicas: 0 };
  expect(await call('PUT', `/${index}`, { settings, mappings })).toMatchObject({ status: 200 });
});

afterAll(() => call('DELETE', `/${index}`));

describe('the mappings of music-events, on a real OpenSearch', () => {
  it('take and order the first and the last instant there can be', async () => {
    expect(await send('first', '"timestamp":"0001-01-01T00:00:00Z"')).toMatchObject({ status: 201 });
    expect(await send('last', '"timestamp":"9999-12-31T23:59:59.999Z"')).toMatchObject({ status: 201 });
    expect(await found({ range: { '@timestamp': { lt: '0001-01-02' } } })).toEqual(['first']);
    expect(await found({ range: { '@timestamp': { gte: '9999-12-31T23:59:59.999Z' } } })).toEqual(['last']);
  });

  it('find text whole, also with NUL or half a surrogate pair beside it, and take text too long to find', async () => {
    expect(await send('nul', '"timestamp":1,"artist":"a\\u0000b","song":"\\ud800"')).toMatchObject({ status: 201 });
    expect(await found({ term: { 'artist.name': 'a\0b' } })).toEqual(['nul']);
    const long = '漢'.repeat(100_000);
    expect(await send('long', `"timestamp":1,"artist":"${long}"`)).toMatchObject({ status: 201 });
    expect(await found({ exists: { field: 'artist.name' } })).toEqual(['nul']);
  });

  it('take numbers to the edge of a float', async () => {
    expect(await send('loud', '"timestamp":1,"duration_ms":3.4028234e38')).toMatchObject({ status: 201 });
    expect(await send('quiet', '"timestamp":1,"duration_ms":-1e-300')).toMatchObject({ status: 201 });
    expect(await found({ range: { 'song.duration_seconds': { gt: 3e35 } } })).toEqual(['loud']);
  });

  it.each([
    ['no-name', '"":1'],
    ['dots', '".":1,"..":2,".a":3,"a..b":4,"a.":5'],
    ['path-and-value', '"a.b":1,"a":2'],
    ['blank', '" ":1,"\\u0000":2'],
    ['reserved', '"_id":"x","_source":{},"_nested":1'],
    ['prototype', '"__proto__":{"a":1},"constructor":2'],
    ['changing-types', '"n":[1,"a",{"b":null},[]]'],
    ['deep', `"n":${'['.repeat(500)}${']'.repeat(500)}`],
  ])('take any unknown field as it is, and do not grow by it: %s', async (id, fields) => {
    const before = await mapping();
    expect(await send(id, `"timestamp":1,${fields}`)).toMatchObject({ status: 201 });
    expect((await call('GET', `/${index}/_source/${id}`)).body).toContain(`"extra":{${fields}}`);
    expect(await mapping()).toBe(before);
  });
});
