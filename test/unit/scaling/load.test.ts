import { describe, expect, it } from 'vitest';
import { loadOf, type Sample } from '../../../src/scaling/load.ts';
import { openMeter } from '../../../src/scaling/meter.ts';

type Shards = Readonly<Record<string, readonly [lagSeconds: number, records: number]>>;

/** Thirteen samples over a minute, from the first state of the shards to the last; all else is as told. */
const minute = (from: Shards, to: Shards, busy: number, more: Partial<Sample> = {}): Sample[] =>
  Array.from({ length: 13 }, (_, i) => {
    const at = (name: string, which: 0 | 1) => {
      const [a, b] = [from[name]?.[which] ?? 0, to[name]?.[which] ?? 0];
      return a + ((b - a) * i) / 12;
    };
    const shards = new Map(
      Object.keys(to).map((id) => [id, { lagSeconds: at(id, 0), records: at(id, 1), bytes: at(id, 1) * 1_000 }]),
    );
    const counts = { activeMs: i * 5_000 * busy, sent: i * 1_000, resent: 0 };
    return { atMs: i * 5_000, ...counts, blocked: undefined, keptBack: false, fullPace: false, shards, ...more };
  });

describe('the load of a worker', () => {
  it('is what its event loop is busy while its shards keep up', () => {
    const load = loadOf(minute({ a: [1, 0], b: [1, 0] }, { a: [1, 900], b: [1, 100] }, 0.4));
    expect(load).toEqual({ need: expect.closeTo(0.4, 2), lagSeconds: 1, limit: 'none', about: '', shards: 2 });
  });

  it('is more than a worker for two shards that fall behind on a full one', () => {
    const load = loadOf(minute({ a: [100, 0], b: [100, 0] }, { a: [130, 900], b: [130, 900] }, 1));
    // Half as fast as they come, and 130 s to make good in ten minutes.
    expect(load).toMatchObject({ limit: 'whale', need: 2, lagSeconds: 130 });
    const four = { a: [100, 0], b: [100, 0], c: [100, 0], d: [100, 0] } as const;
    const later = { a: [130, 900], b: [130, 900], c: [130, 900], d: [130, 900] } as const;
    expect(loadOf(minute(four, later, 1))).toMatchObject({
      limit: 'worker',
      about: 'a',
      need: expect.closeTo(2.43, 1),
    });
  });

  it('is less than a worker where a full one makes its lag good faster than is asked for', () => {
    const load = loadOf(minute({ a: [600, 0], b: [600, 0] }, { a: [360, 900], b: [360, 900] }, 1));
    // Five times as fast as they come, where 1.6 times is enough.
    expect(load).toMatchObject({ limit: 'none', need: expect.closeTo(1.6 / 5, 2) });
  });

  it('blames what the worker waits for where it has time, and the shard brings less than it may', () => {
    const load = loadOf(minute({ a: [100, 0], b: [0, 0] }, { a: [130, 900], b: [0, 300] }, 0.3));
    expect(load).toMatchObject({ limit: 'wait', about: 'a', need: expect.closeTo(0.3, 2) });
  });

  it('is not known again where a shard went and came back between two samples: its count began anew', () => {
    const samples = minute({ a: [0, 0], b: [0, 0] }, { a: [0, 1_200], b: [0, 1_200] }, 0.4);
    const back = samples.map((one, i) => {
      const a = { lagSeconds: 0, records: i < 6 ? i * 100 : (i - 6) * 100, bytes: 0 };
      return { ...one, shards: new Map([...one.shards, ['a', a]]) };
    });
    expect(loadOf(back.slice(0, 9))).toBeUndefined();
    expect(loadOf(back)).toMatchObject({ need: expect.closeTo(0.4, 2) });
  });

  it('blames the shard where Kinesis gives no more of it, also on a full worker', () => {
    const load = loadOf(minute({ a: [100, 0], b: [0, 0] }, { a: [130, 120_000], b: [0, 80_000] }, 1));
    expect(load).toMatchObject({ limit: 'shard', about: 'a', need: expect.closeTo(1, 2) });
  });

  it.each<[string, Partial<Sample>]>([
    ['it does not answer', { blocked: 'it does not answer' }],
    ['its answers come no faster with more requests at once', { keptBack: true }],
  ])('blames the sink: %s', (about, more) => {
    expect(loadOf(minute({ a: [100, 0] }, { a: [160, 0] }, 0.1, more))).toMatchObject({ limit: 'sink', about });
  });

  it('blames the sink when it refuses many documents, and not for a few', () => {
    const refused = (share: number) =>
      minute({ a: [0, 0] }, { a: [0, 900] }, 0.9).map((one) => ({ ...one, resent: one.sent * share }));
    expect(loadOf(refused(0.1))).toMatchObject({ limit: 'sink', about: expect.stringContaining('429') });
    expect(loadOf(refused(0.01))).toMatchObject({ limit: 'none' });
  });

  it('is full where as many requests are under way as the configuration allows, and more documents wait', () => {
    const load = loadOf(
      minute({ a: [100, 0], b: [100, 0], c: [100, 0] }, { a: [150, 900], b: [110, 900], c: [110, 900] }, 0.3, {
        keptBack: true,
        fullPace: true,
      }),
    );
    expect(load?.limit).not.toBe('sink');
    expect(load?.need).toBeGreaterThan(1);
  });

  it('is not known before 20 seconds, nor while a shard has just come', () => {
    const samples = minute({ a: [0, 0] }, { a: [0, 900] }, 0.4);
    expect(loadOf([])).toBeUndefined();
    expect(loadOf(samples.slice(0, 4))).toBeUndefined();
    expect(loadOf(samples.slice(0, 5))).toBeDefined();
    const shards = new Map([['new', { lagSeconds: 0, records: 0, bytes: 0 }]]);
    const came = samples.map((one, i) => (i < 10 ? one : { ...one, shards: new Map([...one.shards, ...shards]) }));
    expect(loadOf(came)).toBeUndefined();
  });

  it('is measured over a minute, of which a dozen samples are kept', () => {
    const meter = openMeter();
    const taken: number[] = [];
    for (let atMs = 0; atMs < 600_000; atMs += 1_000)
      meter.take(atMs, () => {
        taken.push(atMs);
        // Busy in the first half alone.
        return { ...(minute({}, {}, 1)[0] as Sample), atMs, activeMs: Math.min(atMs, 300_000) };
      });
    expect(taken.length).toBe(120);
    expect(meter.load()?.need).toBe(0);
  });
});
