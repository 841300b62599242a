import { describe, expect, it } from 'vitest';
import { digestIn, documentOf } from '../../../src/core/delivery.ts';
import { bytesOf, Lines } from '../../../src/core/lines.ts';
import { indexNamer, indexSuccession, indexWildcards } from '../../../src/sink/index-pattern.ts';
import { digestOf, type Origin, prepare } from '../../../src/sink/prepare.ts';
import { noTicket } from '../../support/deliveries.ts';

const arrivedMs = Date.UTC(2026, 0, 2, 12);
const DAY_MS = 86_400_000;

const options = {
  stream: 'music-events',
  indexName: indexNamer('music-events-{yyyy.MM.dd}'),
  pastMs: 30 * DAY_MS,
  futureMs: 3_600_000,
};

const record = { data: Buffer.from('{}'), sequenceNumber: '495', arrivedMs, partitionKey: 'p' };

const origin = (more: Partial<Origin> = {}): Origin => ({
  shard: 'shardId-000000000001',
  record,
  records: [record],
  own: undefined,
  recordIndex: 0,
  subSequenceNumber: 2,
  ordinal: 1,
  ticket: noTicket,
  lost: new AbortController().signal,
  lines: new Lines(),
  ...more,
});

const made = (id: string | undefined, timestampMs = arrivedMs, json = '{"a":1}') => {
  const from = origin();
  const prepared = prepare(options)({ id, timestampMs, json }, from);
  from.lines.close();
  return prepared;
};
const reason = (prepared: ReturnType<typeof made>) =>
  'unsendable' in prepared ? prepared.unsendable.reason : 'sendable';

describe('a document ready to be sent', () => {
  it('carries its body, its origin and the digest of the body alone', () => {
    const prepared = made('e-1');
    if (!('delivery' in prepared)) throw new Error('refused');
    expect(JSON.parse(documentOf(prepared.delivery))).toEqual({
      a: 1,
      ingest: {
        stream: 'music-events',
        shard: 'shardId-000000000001',
        sequence_number: '495',
        arrived_at: '2026-01-02T12:00:00.000Z',
        digest: digestOf('{"a":1}'),
      },
    });
    expect(prepared.delivery.index).toBe('music-events-2026.01.02');
  });

  it('tells its digest from its lines', () => {
    for (const json of ['{"a":1}', '{}', '{"a":"é😀"}']) {
      const prepared = made('ü', arrivedMs, json);
      if (!('delivery' in prepared)) throw new Error('refused');
      expect(digestIn(prepared.delivery)).toBe(digestOf(json));
    }
  });

  it('is valid JSON for an empty body too', () => {
    const prepared = made('e-1', arrivedMs, '{}');
    if (!('delivery' in prepared)) throw new Error('refused');
    expect(Object.keys(JSON.parse(documentOf(prepared.delivery)))).toEqual(['ingest']);
  });

  it('has the same digest wherever it was read, and another for another body', () => {
    expect(digestOf('{"a":1}')).toBe(digestOf('{"a":1}'));
    expect(digestOf('{"a":1}')).not.toBe(digestOf('{"a":2}'));
  });

  it('gets an id from its place on the stream when the transform gives none', () => {
    const prepared = made(undefined);
    expect(prepared).toMatchObject({ delivery: { id: 'music-events:shardId-000000000001:495:2:1' } });
  });

  it('books exactly the bytes it will send', () => {
    const prepared = made('ü'.repeat(100), arrivedMs, '{"a":"é😀"}');
    if (!('delivery' in prepared)) throw new Error('refused');
    const { bytes } = prepared.delivery;
    const [action = '', source, rest] = bytesOf([prepared.delivery]).toString().split('\n');
    expect(bytes).toBe(Buffer.byteLength(`${action}\n${source}\n`));
    expect(rest).toBe('');
    expect(JSON.parse(action)).toEqual({ create: { _index: 'music-events-2026.01.02', _id: 'ü'.repeat(100) } });
  });
});

describe('ids that OpenSearch would refuse, taking the whole request with them', () => {
  it.each([
    ['empty', '', 'document-id'],
    ['512 bytes', 'x'.repeat(512), 'sendable'],
    ['513 bytes', 'x'.repeat(513), 'document-id'],
    ['512 bytes of two-byte letters', 'é'.repeat(256), 'sendable'],
    ['514 bytes of two-byte letters', 'é'.repeat(257), 'document-id'],
    ['half a surrogate pair', 'a\ud800', 'document-id'],
    ['an emoji', '😀', 'sendable'],
  ])('%s', (_name, id, expected) => {
    expect(reason(made(id))).toBe(expected);
  });
});

describe('the index window, from the arrival', () => {
  it.each([
    ['at its past edge', arrivedMs - 30 * DAY_MS, 'sendable'],
    ['before it', arrivedMs - 30 * DAY_MS - 1, 'index-window'],
    ['at its future edge', arrivedMs + 3_600_000, 'sendable'],
    ['after it', arrivedMs + 3_600_001, 'index-window'],
    ['year 1', Date.parse('0001-01-01T00:00:00Z'), 'index-window'],
    ['year 9999', Date.parse('9999-12-31T00:00:00Z'), 'index-window'],
  ])('%s', (_name, timestampMs, expected) => {
    expect(reason(made('e', timestampMs))).toBe(expected);
  });
});

describe('an index for what lies outside the window', () => {
  const index = (timestampMs: number) => {
    const from = origin();
    const prepared = prepare({ ...options, outside: 'strays' })({ id: 'e', timestampMs, json: '{}' }, from);
    from.lines.close();
    return 'delivery' in prepared ? prepared.delivery.index : prepared.unsendable.reason;
  };

  it.each([
    ['at its past edge', arrivedMs - 30 * DAY_MS, 'music-events-2025.12.03'],
    ['before it', arrivedMs - 30 * DAY_MS - 1, 'strays'],
    ['after it', arrivedMs + 3_600_001, 'strays'],
    ['year 9999', Date.parse('9999-12-31T00:00:00Z'), 'strays'],
  ])('%s', (_name, timestampMs, expected) => {
    expect(index(timestampMs)).toBe(expected);
  });

  it('is one, however many days the clocks are wrong by', () => {
    const days = Array.from({ length: 1_000 }, (_, day) => index(arrivedMs + (day + 1) * DAY_MS));
    expect(new Set(days)).toEqual(new Set(['strays']));
  });
});

describe('index names', () => {
  it.each([
    ['music-events-{yyyy.MM.dd}', '2018-11-01T23:59:59.999Z', 'music-events-2018.11.01'],
    ['music-events-{yyyy.MM.dd}', '2018-11-02T00:00:00.000Z', 'music-events-2018.11.02'],
    ['e-{yyyy.MM}', '0001-02-03T00:00:00Z', 'e-0001.02'],
    ['e-{yyyy-MM-dd-HH}-x', '9999-12-31T23:00:00Z', 'e-9999-12-31-23-x'],
    ['fixed', '2018-11-02T00:00:00Z', 'fixed'],
    ['e-{yyyy.MM.dd}', '1969-12-31T23:59:59.999Z', 'e-1969.12.31'],
  ])('%s at %s', (pattern, time, name) => {
    expect(indexNamer(pattern)(Date.parse(time))).toBe(name);
  });

  it('do not stick to the day before', () => {
    const name = indexNamer('e-{yyyy.MM.dd.HH}');
    const days = [0, 3_600_000, DAY_MS, 0].map((ms) => name(arrivedMs + ms));
    expect(days).toEqual(['e-2026.01.02.12', 'e-2026.01.02.13', 'e-2026.01.03.12', 'e-2026.01.02.12']);
  });

  it.each([
    ['e-{yyyy.MM.dd}', '2026-02-28T12:00:00Z', 'e-2026.03.01', '2026-03-01T00:00:00Z'],
    ['e-{yyyy.MM.dd}', '2026-02-28T00:00:00Z', 'e-2026.03.01', '2026-03-01T00:00:00Z'],
    ['e-{yyyy.MM.dd}', '1969-12-31T23:59:59Z', 'e-1970.01.01', '1970-01-01T00:00:00Z'],
    ['e-{yyyy.MM.dd.HH}', '2026-12-31T23:59:59.999Z', 'e-2027.01.01.00', '2027-01-01T00:00:00Z'],
    ['e-{yyyy.MM}', '2026-12-05T01:00:00Z', 'e-2027.01', '2027-01-01T00:00:00Z'],
    ['e-{yyyy}', '2027-06-01T00:00:00Z', 'e-2028', '2028-01-01T00:00:00Z'],
  ])('of %s follow one another: after %s comes %s', (pattern, now, index, starts) => {
    expect(indexSuccession(pattern)?.(Date.parse(now))).toEqual({ index, startsMs: Date.parse(starts) });
  });

  it('without a date have no successor', () => {
    expect(indexSuccession('fixed')).toBeUndefined();
  });

  it('are covered by the template’s wildcard', () => {
    expect(indexWildcards('music-events-{yyyy.MM.dd}', undefined)).toEqual(['music-events-*']);
    expect(indexWildcards('music-events-{yyyy.MM.dd}', 'music-events-outside')).toEqual(['music-events-*']);
    expect(indexWildcards('music-events-{yyyy.MM.dd}', 'strays')).toEqual(['music-events-*', 'strays']);
    expect(indexWildcards('e-{yyyy}-x', 'e-x')).toEqual(['e-*-x', 'e-x']);
    expect(indexWildcards('fixed', 'fixed')).toEqual(['fixed']);
  });
});
