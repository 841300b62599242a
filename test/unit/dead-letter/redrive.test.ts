import { describe, expect, it } from 'vitest';
import type { DeadLetter, EarlierFailure } from '../../../src/core/letter.ts';
import { bucketBodies } from '../../../src/dead-letter/bodies.ts';
import type { Bucket } from '../../../src/dead-letter/bucket.ts';
import { bucketPlace } from '../../../src/dead-letter/bucket-place.ts';
import { envelope, pointer } from '../../../src/dead-letter/envelope.ts';
import { bodyKey } from '../../../src/dead-letter/keys.ts';
import { Redrive, type RedriveParts } from '../../../src/dead-letter/redrive.ts';
import { manualClock } from '../../support/clock.ts';
import { letter } from '../../support/letter.ts';

const never = new AbortController().signal;
const AT = new Date(0);
const lines = (...texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('');
const line = (n: number, more: Partial<DeadLetter> = {}): string => envelope(letter(n, more), 'app', AT);

/** A bucket that is only a map; what is named `broken` breaks after its first piece. */
const memoryBucket = (objects: Map<string, string>): Bucket => ({
  url: 's3://b',
  async *list(prefix) {
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
    yield keys.map((key) => ({ key, bytes: objects.get(key)?.length ?? 0, modifiedMs: 0 }));
  },
  async *folders() {},
  async *read(key) {
    yield Buffer.from(objects.get(key) ?? '');
    if (key.includes('broken')) throw new Error('it changed while it was read');
  },
  async put(key, bytes) {
    objects.set(key, `${bytes}`);
  },
  async remove(keys) {
    for (const key of keys) objects.delete(key);
  },
  close() {},
});

const world = (objects: Readonly<Record<string, string>>, more: Partial<RedriveParts> = {}) => {
  const stored = new Map(Object.entries(objects));
  const bucket = memoryBucket(stored);
  const delivered: string[] = [];
  const histories: (readonly EarlierFailure[])[] = [];
  const unreadable: string[] = [];
  const redrive = new Redrive({
    place: bucketPlace({ bucket, prefix: '', layout: 'delivered' }),
    bodies: bucketBodies(async () => bucket),
    selection: {
      application: 'app',
      stream: 's',
      sinceMs: Number.NEGATIVE_INFINITY,
      untilMs: Number.POSITIVE_INFINITY,
    },
    begunAt: '2026-01-02T00:00:00.000Z',
    deliver: async (one, history, tell) => {
      delivered.push(one.sequenceNumber);
      histories.push(history);
      tell([]);
    },
    idle: async () => {},
    rate: undefined,
    onUnreadable: (where, why) => unreadable.push(`${where}: ${why}`),
    clock: manualClock(),
    stop: never,
    deadline: never,
    end: never,
    ...more,
  });
  return { redrive, stored, delivered, histories, unreadable };
};

describe('a redrive', () => {
  it('takes its own letters, each once, and leaves the others where they are', async () => {
    const foreign = envelope(letter(3), 'another', AT);
    const { redrive, stored, delivered, unreadable } = world({
      a: lines(line(1), line(2), foreign),
      b: lines(line(2), 'nonsense', line(4, { stream: 'other' })),
      c: lines(line(5)),
    });
    await redrive.run();
    expect(delivered).toEqual(['1', '2', '5']);
    expect(redrive.counts()).toMatchObject({ selected: 3, delivered: 3, copies: 1, foreign: 2, unreadable: 1 });
    expect(unreadable).toEqual(['b, line 2: it is no JSON']);
    expect([...stored.values()].sort()).toEqual(
      [lines(foreign), lines('nonsense', line(4, { stream: 'other' }))].sort(),
    );
  });

  it('leaves what breaks off as it is, and goes on', async () => {
    const whole = lines(line(1, { raw: Buffer.alloc(300_000) }), line(2));
    const { redrive, stored, delivered, unreadable } = world({ a: lines(line(0)), broken: whole, c: lines(line(3)) });
    await redrive.run();
    expect(delivered).toEqual(['0', '1', '2', '3']);
    expect(unreadable).toEqual(['broken: it changed while it was read']);
    expect([...stored]).toEqual([['broken', whole]]);
  });

  it('knows letters that were read otherwise from copies', async () => {
    const { redrive, delivered } = world({ a: lines(line(1), line(1, { raw: Buffer.from('another') })) });
    await redrive.run();
    expect(delivered).toEqual(['1', '1']);
  });

  it('keeps the last ten failures', async () => {
    const past = Array.from({ length: 10 }, (_, n) => ({
      reason: 'decode-json',
      message: `${n}`,
      writtenAt: 'w',
      redrivenAt: 'r',
    }));
    const { redrive, histories } = world({ a: lines(line(1, { history: past, message: 'm'.repeat(2_000) })) });
    await redrive.run();
    expect(histories[0]).toHaveLength(10);
    expect(histories[0]?.[0]?.message).toBe('1');
    expect(histories[0]?.at(-1)).toEqual({
      reason: 'decode-json',
      message: 'm'.repeat(1_000),
      writtenAt: AT.toISOString(),
      redrivenAt: '2026-01-02T00:00:00.000Z',
    });
  });

  it('goes no faster than it may', async () => {
    const clock = manualClock();
    const { redrive, delivered } = world({ a: lines(line(1), line(2), line(3)) }, { rate: 10, clock });
    const run = redrive.run();
    await clock.tick(0);
    expect(delivered).toEqual(['1']);
    await clock.tick(100);
    expect(delivered).toEqual(['1', '2']);
    await clock.tick(100);
    await run;
    expect(delivered).toEqual(['1', '2', '3']);
  });
});

describe('a pointer', () => {
  const large = letter(7, { raw: Buffer.from('large') });
  const key = bodyKey(large, 'app');
  const to = pointer(large, 'app', AT, `s3://bbb/${key}`);
  const body = envelope(large, 'app', AT);

  it('is followed, and its body goes when all is done', async () => {
    const { redrive, stored, delivered } = world({ a: lines(to), b: lines(to), [key]: body });
    await redrive.run();
    expect(delivered).toEqual(['7']);
    expect([...stored]).toEqual([]);
  });

  it('keeps its body when the redrive is stopped: a copy of it may still come', async () => {
    const stop = new AbortController();
    const { redrive, stored } = world(
      { a: lines(to), b: lines(to), [key]: body },
      {
        stop: stop.signal,
        deliver: async (_, __, tell) => {
          tell([]);
          stop.abort();
        },
      },
    );
    await redrive.run();
    expect([...stored.keys()].sort()).toEqual(['b', key]);
  });

  it.each([
    ['whose body is gone', { a: lines(to) }, 'is not there any more'],
    ['to another letter', { a: lines(to), [key]: line(8) }, 'is another letter'],
    ['to nonsense', { a: lines(to), [key]: 'nonsense' }, 'it is no JSON'],
    ['to somewhere else', { a: lines(pointer(large, 'app', AT, 's3://bbb/secrets')) }, 'is no place of a letter'],
  ])('%s stays and is told of', async (_, objects, why) => {
    const { redrive, stored, unreadable } = world(objects);
    await redrive.run();
    expect(unreadable).toEqual([expect.stringContaining(why)]);
    expect([...stored]).toEqual(Object.entries(objects));
  });
});
