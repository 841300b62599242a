import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { linesOf } from '../../../src/archive/archived.ts';
import { type ArchivedRecord, ArchiveReader } from '../../../src/archive/reader.ts';
import type { SourceRecord } from '../../../src/core/page.ts';

const origin = { application: 'app', stream: 's' };
const range = { fromMs: 1_000, toMs: 2_000 };
const recordOf = (n: number, data: Uint8Array): SourceRecord => ({
  data,
  sequenceNumber: `${n}`,
  arrivedMs: 1_000 + n,
  partitionKey: `p${n}`,
});
const linesFor = (record: SourceRecord, from = origin): readonly string[] =>
  linesOf(from, { shard: 'shard-0', records: [record], at: 0, bytes: record.data.byteLength });

const reading = (more: object = {}) => {
  const reader = new ArchiveReader({ ...origin, range, ...more }, tmpdir());
  const take = (lines: readonly string[]): ArchivedRecord[] =>
    lines.flatMap((line, i) => reader.take(Buffer.from(line), () => `line ${i + 1}`) ?? []);
  return Object.assign(reader, { all: take, [Symbol.dispose]: () => reader.close() });
};

const large = Buffer.from(Array.from({ length: 2_100_001 }, (_, i) => i % 251));

describe('a reader of the archive', () => {
  it.each([
    ['a few bytes', Buffer.from('r1')],
    ['nothing', Buffer.alloc(0)],
    ['no text', Buffer.from([0, 255, 10, 13])],
    ['several lines', large],
  ])('gives a record back as it was: %s', (_, data) => {
    using reader = reading();
    const record = recordOf(1, data);
    const [found, ...others] = reader.all(linesFor(record));
    expect(others).toEqual([]);
    expect(found).toMatchObject({ shard: 'shard-0', record: { ...record, data: expect.anything() } });
    expect(Buffer.compare(found?.record.data ?? Buffer.alloc(0), data)).toBe(0);
    expect(reader.unread()).toEqual({ count: 0, last: '' });
  });

  it('joins parts in any order, mixed with those of others and however often they come, once', () => {
    using reader = reading();
    const [a = '', b = '', c = '', d = ''] = linesFor(recordOf(1, large));
    const other = linesFor(recordOf(2, large.subarray(1)));
    expect(other).toHaveLength(3);
    expect(reader.all([d, b, ...other.slice(1), b, a, a])).toEqual([]);
    const [first, ...more] = reader.all([c, c, a, d]);
    expect(more).toEqual([]);
    expect(Buffer.compare(first?.record.data ?? Buffer.alloc(0), large)).toBe(0);
    expect(reader.unread()).toEqual({ count: 1, last: 'record 2 of shard-0: 2 of its 3 parts are there' });
    // Into places on the disk that the first one has left.
    const [third] = reader.all(linesFor(recordOf(3, large.subarray(2))));
    expect(Buffer.compare(third?.record.data ?? Buffer.alloc(0), large.subarray(2))).toBe(0);
    const [second] = reader.all(other.slice(0, 1));
    expect(Buffer.compare(second?.record.data ?? Buffer.alloc(0), large.subarray(1))).toBe(0);
    expect(reader.unread().count).toBe(0);
  });

  it('leaves out what is not wanted, without a word', () => {
    using reader = reading({ takes: (_: string, number: string) => number !== '7' });
    const [line = ''] = linesFor(recordOf(1, Buffer.from('x')));
    const but = (more: object): string => JSON.stringify({ ...JSON.parse(line), ...more });
    expect(
      reader.all([
        ...linesFor(recordOf(1, Buffer.from('x')), { application: 'other', stream: 's' }),
        ...linesFor(recordOf(1, Buffer.from('x')), { application: 'app', stream: 'other' }),
        ...linesFor(recordOf(-1, Buffer.from('x'))),
        ...linesFor(recordOf(1_000, Buffer.from('x'))),
        ...linesFor(recordOf(7, Buffer.from('x'))),
        but({ letter_id: 'a dead letter' }),
        '{}',
      ]),
    ).toEqual([]);
    expect(reader.unread().count).toBe(0);
    expect(reader.all([line])).toHaveLength(1);
  });

  const [whole = ''] = linesFor(recordOf(1, Buffer.from('x')));
  const changed = (more: object): string => JSON.stringify({ ...JSON.parse(whole), ...more });
  it.each([
    [whole.slice(0, -1), 'it is no JSON'],
    ['7', 'it is no JSON object'],
    [changed({ schema: 2 }), 'its schema is 2; this version reads 1'],
    [changed({ arrived_at: 'once' }), 'arrived_at is no time'],
    [changed({ shard: 'a/b' }), 'shard is missing or not what it should be'],
    [changed({ sequence_number: 1 }), 'sequence_number is missing or not what it should be'],
    [changed({ raw: 'eA' }), 'raw is no standard base64'],
    [changed({ raw: undefined }), 'raw is missing or not what it should be'],
    [changed({ part: 3, parts: 2 }), 'part 3 of 2 cannot be'],
    [changed({ part: 1 }), 'parts is no whole number from 0 on'],
    [changed({ part: 1, parts: 101 }), 'part 1 of 101 cannot be'],
    [changed({ part: 1, parts: 2, raw: 'AAAA'.repeat(400_000) }), 'a part of a record has 1200000 bytes'],
  ])('tells of a line that it cannot read: %#', (line, why) => {
    using reader = reading();
    expect(reader.all([line])).toEqual([]);
    expect(reader.unread()).toEqual({ count: 1, last: `line 1: ${why}` });
  });
});
