import { describe, expect, it } from 'vitest';
import { documentOf } from '../../../src/core/delivery.ts';
import { bytesOf, Lines } from '../../../src/core/lines.ts';
import type { Special } from '../../../src/core/message.ts';
import { indexNamer } from '../../../src/sink/index-pattern.ts';
import { digestOf, prepare } from '../../../src/sink/prepare.ts';
import { delivery, noTicket, special } from '../../support/deliveries.ts';
import { startWriting } from '../../support/writing.ts';

const arrivedMs = Date.UTC(2026, 0, 2, 12);

const made = (of: Special, options: { index?: string; timestampMs?: number; outside?: string } = {}) => {
  const { index = 'events-{yyyy.MM.dd}', timestampMs = arrivedMs, outside } = options;
  const lines = new Lines();
  const record = { data: Buffer.from('{}'), sequenceNumber: '495', arrivedMs, partitionKey: 'p' };
  const base = { shard: 's', record, records: [record], recordIndex: 0, own: undefined, subSequenceNumber: 0 };
  const origin = { ...base, ordinal: 0, ticket: noTicket, lost: new AbortController().signal, lines };
  const windows = { pastMs: 60_000, futureMs: 60_000, outside };
  const prepared = prepare({ stream: 'music', indexName: indexNamer(index), ...windows })(
    { id: 'a', timestampMs, json: '{"n":1}', special: of },
    origin,
  );
  lines.close();
  if ('unsendable' in prepared) return prepared.unsendable;
  const [action = '', document = ''] = bytesOf([prepared.delivery]).toString().split('\n');
  return { action, document: JSON.parse(document), delivery: prepared.delivery };
};

const versioned = special({ op: 'index', version: 2n ** 63n - 1n, index: 'users' });

describe('a special document ready to be sent', () => {
  it('says in its action what it is, the version to its last digit', () => {
    expect(made(versioned)).toMatchObject({
      action: '{"index":{"_index":"users","_id":"a","version":9223372036854775807,"version_type":"external_gte"}}',
      document: { n: 1, ingest: { digest: digestOf('{"n":1}') } },
      delivery: { index: 'users', id: 'a', special: versioned },
    });
    expect(made(special({ routing: 'r"', pipeline: 'p' }))).toMatchObject({
      action: '{"create":{"_index":"events-2026.01.02","_id":"a","routing":"r\\"","pipeline":"p"}}',
    });
  });

  it('is a tombstone when it is deleted, which no pipeline of its index may touch', () => {
    expect(made(special({ op: 'delete', version: 5n, index: 'users', routing: 'r' }))).toMatchObject({
      action:
        '{"index":{"_index":"users","_id":"a","routing":"r","pipeline":"_none","version":5,"version_type":"external_gte"}}',
      document: { ingest: { stream: 'music', deleted: true, digest: digestOf('{"n":1}') } },
    });
  });

  it.each(['index', 'delete'] as const)('cannot be an %s in an index of its day, where versions do not meet', (op) => {
    const of = special({ op, version: 1n });
    expect(made(of)).toMatchObject({
      reason: 'document-operation',
      message: expect.stringContaining('without a date'),
    });
    expect(made(of, { index: 'users' })).toMatchObject({ delivery: { index: 'users' } });
  });

  it('is put outside the window only by the time that chooses its index', () => {
    const old = { timestampMs: arrivedMs - 3_600_000, outside: 'strays' };
    expect(made(special({ routing: 'r' }), old)).toMatchObject({ delivery: { index: 'strays' } });
    expect(made(special({ index: 'users' }), old)).toMatchObject({ delivery: { index: 'users' } });
    expect(made(special({ op: 'index', version: 1n }), { ...old, index: 'users' })).toMatchObject({
      delivery: { index: 'users' },
    });
  });
});

describe('what becomes of special documents', () => {
  const at = (version: bigint, more: Partial<Special> = {}) =>
    delivery('a', { special: special({ op: 'index', version, ...more }), body: `{"v":${version}}` });
  const stored = (target: { indices: ReadonlyMap<string, ReadonlyMap<string, { source: string }>> }) =>
    JSON.parse(target.indices.get('events-2026.01.02')?.get('a')?.source ?? '{}').v;

  it('the highest version stays, also where they wait behind each other; late ones are stale', async () => {
    await using writing = startWriting();
    writing.writer.submit([at(2n), at(5n), at(3n), at(5n)]);
    await writing.clock.tick(1_000);
    expect(writing.fates.get('a')).toEqual(['indexed', 'indexed', 'stale', 'indexed']);
    expect(stored(writing.target)).toBe(5);
  });

  it('no version is judged by the digest of a document before it', async () => {
    await using writing = startWriting();
    writing.writer.submit([delivery('a'), at(5n), delivery('a'), delivery('a', { body: '{"other":1}' })]);
    await writing.clock.tick(1_000);
    expect(writing.fates.get('a')).toEqual(['indexed', 'duplicate', 'id-conflict', 'indexed']);
    expect(stored(writing.target)).toBe(5);
  });

  it('one with another routing is not judged by the one before it, but by the sink', async () => {
    await using writing = startWriting();
    const routed = (routing: string) => delivery('a', { special: special({ routing }) });
    writing.writer.submit([routed('one'), routed('one'), routed('two')]);
    await writing.clock.tick(1_000);
    expect(writing.requests).toEqual([['a'], ['a']]);
    expect(writing.fates.get('a')).toEqual(['indexed', 'duplicate', 'duplicate']);
  });

  it('what a pipeline dropped is settled as that, and what waits behind it goes on', async () => {
    await using writing = startWriting();
    let drops = 1;
    writing.target.failItem = () => (drops-- > 0 ? { status: 'dropped' } : undefined);
    writing.writer.submit([delivery('a'), delivery('a')]);
    await writing.clock.tick(1_000);
    expect(writing.fates.get('a')).toEqual(['dropped', 'indexed']);
  });

  it('what a pipeline dropped does not prove that the index takes others: those that it forbids are kept', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    target.failItem = ({ id }) => (id === 'a' ? { status: 'dropped' } : { status: 'forbidden', why: '403' });
    writer.submit([delivery('a'), delivery('b'), delivery('c')]);
    await clock.tick(600_000);
    expect(Object.fromEntries(fates)).toEqual({ a: ['dropped'] });
    expect(writer.trouble()?.why).toContain('403');
  });

  it('what a pipeline moved is looked for where it is', async () => {
    await using writing = startWriting();
    writing.writer.submit([delivery('moved', { index: 'elsewhere', body: '{"n":1}' })]);
    await writing.clock.tick(1_000);
    writing.target.failItem = () => ({ status: 'exists', index: 'elsewhere', id: 'moved' });
    const again = delivery('a', { body: '{"n":1}', special: special({ pipeline: 'p' }) });
    const other = delivery('b', { body: '{"n":2}', special: special({ pipeline: 'p' }) });
    writing.writer.submit([again, other]);
    await writing.clock.tick(1_000);
    expect(Object.fromEntries(writing.fates)).toMatchObject({ a: ['duplicate'], b: ['id-conflict'] });
  });

  it('what a pipeline put where nobody can tell is not looked for for ever', async () => {
    await using writing = startWriting();
    writing.target.failItem = () => ({ status: 'exists' });
    writing.writer.submit([delivery('a', { special: special({ pipeline: 'p' }) })]);
    await writing.clock.tick(1_000);
    expect(writing.fates.get('a')).toEqual(['id-conflict']);
  });

  it('those whose pipeline is missing delay no other of their index, and are given up in the end', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    const why = '400 illegal_argument_exception: pipeline with id [p] does not exist';
    target.failItem = ({ special: of }) => (of?.pipeline === 'p' ? { status: 'sick', why } : undefined);
    writer.submit([delivery('a', { special: special({ pipeline: 'p' }) }), delivery('b')]);
    await clock.tick(1_000);
    for (let i = 0; i < 40; i += 1) {
      writer.submit([delivery(`c${i}`)]);
      await clock.tick(0);
      expect(fates.get(`c${i}`)).toEqual(['indexed']);
      expect(writer.trouble()).toBeUndefined();
      await clock.tick(3_000);
    }
    expect(fates.get('a')).toEqual(['index-unavailable']);
  });

  it('when all pass through a pipeline that is missing, all are kept, and go when it is there', async () => {
    await using writing = startWriting();
    const { target, writer, clock, fates } = writing;
    target.failItem = () => ({ status: 'sick', why: 'pipeline with id [p] does not exist' });
    writer.submit([delivery('a', { special: special({ pipeline: 'p' }) })]);
    await clock.tick(3_600_000);
    expect(fates.size).toBe(0);
    expect(writer.trouble()?.why).toContain('events-2026.01.02 through pipeline p: pipeline with id [p]');
    target.failItem = () => undefined;
    await clock.tick(5_000);
    expect(fates.get('a')).toEqual(['indexed']);
  });

  it('a stale one is as good a witness as any', async () => {
    await using writing = startWriting();
    writing.writer.submit([at(5n)]);
    await writing.clock.tick(1_000);
    writing.writer.submit([at(4n)]);
    await writing.clock.tick(1_000);
    const guilty = delivery('guilty');
    writing.target.failRequest = (batch) => (batch.includes(guilty) ? { split: '400', tooLarge: false } : undefined);
    writing.writer.submit([guilty, at(6n)]);
    await writing.clock.tick(60_000);
    expect(Object.fromEntries(writing.fates)).toEqual({
      a: ['indexed', 'stale', 'indexed'],
      guilty: ['sink-rejected'],
    });
  });

  it('keeps the lines of a letter readable', () => {
    expect(JSON.parse(documentOf(at(5n)))).toMatchObject({ v: 5, ingest: { digest: digestOf('{"v":5}') } });
  });
});
