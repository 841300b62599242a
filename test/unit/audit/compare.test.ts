import { describe, expect, it } from 'vitest';
import { compareDocuments } from '../../../src/audit/compare-documents.ts';
import { compareLetters, type Unsettled } from '../../../src/audit/compare-letters.ts';
import type { Expected, Found, Letter, Place, Unreadable } from '../../../src/audit/entries.ts';

const place = (sequenceNumber: string, more: Partial<Place> = {}): Place => ({
  shard: 'shard-0',
  sequenceNumber,
  subSequenceNumber: 0,
  ordinal: 0,
  arrivedMs: 1_000,
  ...more,
});

const expected = (id: string, sequenceNumber: string, more: Partial<Expected> = {}): Expected => ({
  ...place(sequenceNumber),
  index: 'events-1',
  id,
  digest: 'a',
  ...more,
});

const found = (id: string, sequenceNumber: string | undefined, more: Partial<Found> = {}): Found => ({
  index: 'events-1',
  id,
  digest: 'a',
  stream: 'events',
  shard: 'shard-0',
  sequenceNumber,
  arrivedMs: 1_000,
  ...more,
});

const letter = (sequenceNumber: string, reason: string, more: Partial<Place> = {}): Letter => ({
  ...place(sequenceNumber, more),
  reason,
});

const standings = (promised: readonly Expected[], stored: readonly Found[]) =>
  compareDocuments(promised, stored).judged.map(({ expected: { id, sequenceNumber }, standing }) => [
    id,
    sequenceNumber,
    standing,
  ]);

describe('documents compared', () => {
  it('are indexed where their own record brought them, and duplicates where another did', () => {
    const promised = [expected('x', '1'), expected('x', '2'), expected('y', '3')];
    expect(standings(promised, [found('x', '2'), found('y', '0')])).toEqual([
      ['x', '1', 'duplicate'],
      ['x', '2', 'indexed'],
      ['y', '3', 'duplicate'],
    ]);
  });

  it('are different where another body stands under the id, also one without a digest', () => {
    const promised = [expected('x', '1'), expected('y', '2')];
    const stored = [found('x', '1', { digest: 'b' }), found('y', undefined, { digest: undefined })];
    expect(standings(promised, stored)).toEqual([
      ['x', '1', 'different'],
      ['y', '2', 'different'],
    ]);
  });

  it('are absent once where two records promise the same, and each where they promise different bodies', () => {
    expect(standings([expected('x', '1'), expected('x', '2'), expected('x', '3', { digest: 'b' })], [])).toEqual([
      ['x', '1', 'absent'],
      ['x', '2', 'duplicate'],
      ['x', '3', 'absent'],
    ]);
  });

  it('tell indices apart, and what nobody promised', () => {
    const stored = [found('x', '1', { index: 'events-2' }), found('z', undefined)];
    const { judged, strays } = compareDocuments([expected('x', '1')], stored);
    expect(judged[0]?.standing).toBe('absent');
    expect(strays).toEqual(stored);
  });
});

const verdicts = (unsettled: Partial<Unsettled>, isPassed = (_: Place) => true) =>
  compareLetters({ open: [], unreadable: [], strays: [], letters: [], ...unsettled }, isPassed).map(
    ({ verdict }) => verdict,
  );

const open = (document: Expected, stored?: Found) => ({ expected: document, stored, noIndex: false });
const unreadable = (sequenceNumber: string, reason: string, more: Partial<Place> = {}): Unreadable => ({
  ...place(sequenceNumber, more),
  reason,
});

describe('what the indices do not explain', () => {
  it('is missing, unless a letter holds it or the service has not come to it yet', () => {
    const documents = ['1', '2', '3'].map((n) => open(expected(`e${n}`, n)));
    const letters = [letter('1', 'sink-rejected')];
    expect(verdicts({ open: documents, letters }, ({ sequenceNumber }) => sequenceNumber !== '3')).toEqual([
      'dead-letter',
      'missing',
      'pending',
    ]);
  });

  it('is not explained by the letter of another document, message or shard', () => {
    const one = [open(expected('x', '1', { subSequenceNumber: 1, ordinal: 1 }))];
    const others = [
      letter('1', 'sink-rejected', { subSequenceNumber: 1, ordinal: 0 }),
      letter('1', 'decode-json', { subSequenceNumber: 0 }),
      letter('1', 'sink-rejected', { subSequenceNumber: 1, ordinal: 1, shard: 'shard-1' }),
    ];
    expect(verdicts({ open: one, letters: others })).toEqual(['missing']);
  });

  it('is explained by a letter for its whole message or record, as an earlier transform wrote it', () => {
    const one = [open(expected('x', '1', { subSequenceNumber: 1, ordinal: 1 }))];
    for (const reason of ['transform-threw', 'decode-json'])
      expect(verdicts({ open: one, letters: [letter('1', reason, { subSequenceNumber: 1 })] })).toEqual([
        'dead-letter',
      ]);
    expect(verdicts({ open: one, letters: [letter('1', 'decode-gzip')] })).toEqual(['dead-letter']);
  });

  it('is a missing letter where a record is to be one, whatever reason a letter of it has', () => {
    const records = [unreadable('1', 'decode-json'), unreadable('2', 'transform-invalid')];
    expect(verdicts({ unreadable: records, letters: [letter('2', 'transform-threw')] })).toEqual([
      'missing-letter',
      'dead-letter',
    ]);
  });

  it('is different where something else stands under its id, but a letter tells of the conflict', () => {
    const other = found('x', '9', { digest: 'b' });
    const one = { open: [open(expected('x', '1'), other)] };
    expect(verdicts(one)).toEqual(['different']);
    expect(verdicts({ ...one, letters: [letter('1', 'id-conflict')] })).toEqual(['dead-letter']);
  });

  it('is different where its record stands there as another document, one for one', () => {
    const strays = [found('old-1', '1'), found('old-2', '1')];
    expect(verdicts({ open: [open(expected('new-1', '1'))], strays })).toEqual(['different', 'unexpected']);
    expect(verdicts({ unreadable: [unreadable('1', 'transform-invalid')], strays: strays.slice(1) })).toEqual([
      'different',
    ]);
  });

  it('is unexpected where nothing says where it comes from', () => {
    const strays = [found('by-hand', undefined, { shard: undefined, stream: undefined, arrivedMs: undefined })];
    expect(verdicts({ strays })).toEqual(['unexpected']);
  });
});
