import { appendFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../../src/core/letter.ts';
import { envelope, pointer } from '../../../src/dead-letter/envelope.ts';
import { fileDeadLetters } from '../../../src/dead-letter/file.ts';
import { folderPlace } from '../../../src/dead-letter/folder-place.ts';
import { linesOf } from '../../../src/dead-letter/line-reader.ts';
import { mayHold } from '../../../src/dead-letter/place.ts';
import { type LetterLine, readLetters, readRestlessLetters } from '../../../src/dead-letter/read.ts';
import { isWanted } from '../../../src/dead-letter/select.ts';
import { readLetter } from '../../../src/dead-letter/stored.ts';
import { manualClock } from '../../support/clock.ts';
import { letter } from '../../support/letter.ts';

const never = new AbortController().signal;
const all = { sinceMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };

describe('a letter', () => {
  it('is read as it was written', () => {
    const history = [{ reason: 'decode-json', message: 'm', writtenAt: 'w', redrivenAt: 'r' }];
    const one = letter(7, {
      document: '{"a":[1]}',
      index: 'i',
      answer: 'no',
      history,
      subSequenceNumber: 3,
      ordinal: 2,
    });
    const { raw, ...rest } = one;
    const read = readLetter(envelope(one, 'app', new Date(5)));
    expect(read).toMatchObject({ ...rest, document: { a: [1] }, application: 'app', body: undefined });
    expect(Buffer.from('raw' in read && read.raw ? read.raw : '')).toEqual(raw);
    expect(readLetter(pointer(one, 'app', new Date(5), 's3://b/k'))).toMatchObject({
      raw: undefined,
      body: 's3://b/k',
    });
    expect(readLetter(envelope(letter(1, { partitionKey: undefined }), 'app', new Date(5)))).toMatchObject({
      partitionKey: undefined,
      document: undefined,
      history: [],
    });
  });

  const changed = (more: object) => JSON.stringify({ ...JSON.parse(envelope(letter(1), 'app', new Date(0))), ...more });

  it.each([
    ['nonsense', 'it is no JSON'],
    ['[]', 'it is no JSON object'],
    ['{}', 'its schema is undefined'],
    [changed({ schema: 2 }), 'its schema is 2; this version reads 1'],
    [changed({ shard: 'a"b' }), 'shard is'],
    [changed({ sequence_number: '1e3' }), 'sequence_number is'],
    [changed({ sub_sequence_number: -1 }), 'sub_sequence_number is'],
    [changed({ arrived_at: 'yesterday' }), 'arrived_at is no time'],
    [changed({ raw: 'AAA' }), 'raw is no standard base64'],
    [changed({ raw: undefined }), 'it has neither raw nor body'],
    [changed({ history: [{ reason: 1 }] }), 'reason is'],
  ])('that is none is told of: %s', (line, why) => {
    expect(readLetter(line)).toEqual({ unreadable: expect.stringContaining(why) });
  });
});

describe('a filter', () => {
  const wants = (filter: object, more: object) => {
    const read = readLetter(envelope(letter(1, { index: 'logs-2026.01.02', ...more }), 'app', new Date(0)));
    return 'unreadable' in read ? read : isWanted({ application: 'app', stream: 's', ...all, ...filter }, read);
  };

  it.each([
    [{}, {}, true],
    [{ reason: 'decode-json' }, {}, true],
    [{ reason: 'decode-utf8' }, {}, false],
    [{ shard: 'shardId-000000000000' }, {}, true],
    [{ shard: 'shardId-000000000001' }, {}, false],
    [{ index: 'logs-*' }, {}, true],
    [{ index: '*-2026.*.02' }, {}, true],
    [{ index: 'logs-2026.01.02*2' }, {}, false],
    [{ index: 'logs' }, {}, false],
    [{ index: '*' }, { index: undefined }, false],
    [{ sinceMs: 5, untilMs: 6 }, { arrivedMs: 5 }, true],
    [{ sinceMs: 5, untilMs: 6 }, { arrivedMs: 4 }, false],
    [{ sinceMs: 5, untilMs: 6 }, { arrivedMs: 6 }, false],
  ])('%j lets %j through: %s', (filter, more, is) => {
    expect(wants(filter, more)).toBe(is);
  });

  it('skips the days that lie outside', () => {
    const day = Date.UTC(2026, 0, 2);
    expect(mayHold('2026-01-02', { sinceMs: day + 86_399_999, untilMs: Number.POSITIVE_INFINITY })).toBe(true);
    expect(mayHold('2026-01-02', { sinceMs: day + 86_400_000, untilMs: Number.POSITIVE_INFINITY })).toBe(false);
    expect(mayHold('2026-01-02', { sinceMs: 0, untilMs: day })).toBe(false);
    expect(mayHold('2026-01-02', { sinceMs: 0, untilMs: day + 1 })).toBe(true);
  });
});

describe('lines', () => {
  it.each([1, 2, 3, 100])('come whole out of pieces of %d bytes', async (size) => {
    const text = Buffer.from('one\n\ntwo, longer\nthree');
    const pieces = async function* () {
      for (let from = 0; from < text.length; from += size) yield text.subarray(from, from + size);
    };
    const lines = [];
    for await (const some of linesOf(pieces()))
      lines.push(...some.map((line) => ({ ...line, bytes: `${line.bytes}` })));
    expect(lines).toEqual([
      { number: 0, bytes: 'one', ended: true },
      { number: 1, bytes: '', ended: true },
      { number: 2, bytes: 'two, longer', ended: true },
      { number: 3, bytes: 'three', ended: false },
    ]);
  });
});

describe('a folder of letters', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'letters-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const target = () =>
    fileDeadLetters({ dir, application: 'app', workerId: 'w', clock: manualClock(), maxFileBytes: 1_000 });
  const put = async (...letters: readonly DeadLetter[]) => {
    const into = target();
    await into.put(letters, never);
    await into.close();
  };
  const place = (take = false) => folderPlace({ dir, take, unique: () => 'u' });
  const read = async (from = place()): Promise<LetterLine[]> => {
    const lines: LetterLine[] = [];
    for await (const some of readLetters(from, all, never)) lines.push(...some);
    return lines;
  };
  const numbers = async (from = place()) =>
    (await read(from)).map(({ letter: each }) => ('unreadable' in each ? each.unreadable : each.sequenceNumber));

  it('is read in order over several files; torn ends are passed over, other lines are told of', async () => {
    const letters = target();
    for (let n = 0; n < 5; n += 1) await letters.put([letter(n)], never);
    const [first = ''] = (await readdir(dir)).sort();
    await appendFile(join(dir, first), 'nonsense\n{"torn');
    const found = await numbers();
    expect(found.filter((each) => /^\d$/.test(each)).sort()).toEqual(['0', '1', '2', '3', '4']);
    expect(found.filter((each) => !/^\d$/.test(each))).toEqual(['it is no JSON']);
    await letters.close();
  });

  it('is left as it is by those who only look', async () => {
    await put(letter(1));
    const before = await readdir(dir);
    await read();
    expect(await readdir(dir)).toEqual(before);
  });

  const FILES = 20;
  const fileNamed = (n: number) => join(dir, `${String(n).padStart(2, '0')}.ndjson`);
  const lineOf = (n: number) => `${envelope(letter(n), 'app', new Date(0))}\n`;
  /** Reads many files with a letter each, and has `move` called while they are read. */
  const readMeanwhile = async (move: () => Promise<void>) => {
    for (let n = 0; n < FILES; n += 1) await writeFile(fileNamed(n), lineOf(n));
    let calls = 0;
    const onRestless = () => {
      calls += 1;
    };
    const found = new Set<string>();
    for await (const lines of readRestlessLetters(place(), all, { signal: never, onRestless })) {
      for (const { letter: each } of lines) if (!('unreadable' in each)) found.add(each.sequenceNumber);
      await move();
    }
    return { found: found.size, calls };
  };
  const once = (work: () => Promise<void>) => {
    let done: Promise<void> | undefined;
    return () => {
      done ??= work();
      return done;
    };
  };

  it.each([
    ['taken', () => rename(fileNamed(FILES - 1), fileNamed(FILES - 1).replace('.nd', '.taken.nd'))],
    [
      'moved into one that was read',
      async () => {
        await appendFile(fileNamed(0), lineOf(FILES - 1));
        await rm(fileNamed(FILES - 1));
      },
    ],
  ])('shows also letters that are %s while it is read', async (_, move) => {
    expect(await readMeanwhile(once(move))).toEqual({ found: FILES, calls: 0 });
  });

  it('is told of as restless when letters are moved about all the time', async () => {
    let name = fileNamed(0);
    let moves = 0;
    const { calls } = await readMeanwhile(async () => {
      const before = name;
      moves += 1;
      name = fileNamed(FILES + moves);
      await rename(before, name);
    });
    expect(calls).toBe(1);
  });

  it('has letters written again that came while a file was taken', async () => {
    const letters = target();
    await letters.put([letter(1)], never);
    const taken = [];
    for await (const bundle of place(true).list(all, never)) taken.push(bundle);
    await letters.put([letter(2)], never);
    await place(true).remove(taken, never);
    expect(await numbers()).toEqual(['2']);
    await letters.put([letter(3)], never);
    expect(await numbers()).toEqual(['2', '3']);
    await letters.close();
  });

  it('keeps some lines of a file in a new one', async () => {
    await put(letter(1), letter(2));
    const lines = async function* () {
      yield Buffer.from('a');
      yield Buffer.from('b');
    };
    for await (const bundle of place(true).list(all, never)) {
      await place(true).keep(bundle, lines(), never);
      await place(true).remove([bundle, bundle], never);
    }
    const [only = '', ...others] = await readdir(dir);
    expect(others).toEqual([]);
    expect(await readFile(join(dir, only), 'utf8')).toBe('a\nb\n');
  });

  it('says so when it is not there', async () => {
    await rm(dir, { recursive: true });
    await expect(read()).rejects.toThrow(/cannot be read or moved: ENOENT/);
  });
});
