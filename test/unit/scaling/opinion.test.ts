import { describe, expect, it } from 'vitest';
import { firstOpinion } from '../../../src/scaling/decide.ts';
import type { Load } from '../../../src/scaling/load.ts';
import { openOpinion } from '../../../src/scaling/opinion.ts';
import { readTelling, type Telling, writeTelling } from '../../../src/scaling/telling.ts';

const calm: Load = { need: 0.5, lagSeconds: 0, limit: 'none', about: '', shards: 4 };
const opinion = { ...firstOpinion({ workers: 5, shards: 8 }), why: 'so it was' };
const row = (telling: Partial<Telling>) => writeTelling({ load: calm, opinion, round: 7, ...telling });

const heardBy = (me: string, at: { ms: number }, load: () => Load | undefined = () => calm) => {
  const one = openOpinion({ me, load, now: () => at.ms });
  return {
    ...one,
    hears: (
      tells: Readonly<Record<string, string>>,
      workers: readonly string[],
      owners: readonly (string | undefined)[],
    ) => one.heard({ tells: new Map(Object.entries(tells)), workers, owners }),
  };
};

describe('what a worker tells of itself', () => {
  it('comes back as it was, and is short', () => {
    const telling = { load: { ...calm, about: 'shardId-000000000003' }, opinion, round: 12 };
    const text = writeTelling(telling);
    expect(readTelling(text)).toEqual(telling);
    const why = 'x'.repeat(5_000);
    expect(Buffer.byteLength(writeTelling({ ...telling, opinion: { ...opinion, why } }))).toBeLessThan(700);
    expect(readTelling(writeTelling({ load: undefined, opinion: undefined, round: 0 }))).toEqual({
      load: undefined,
      opinion: undefined,
      round: 0,
    });
  });

  it.each([
    undefined,
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"v":2,"round":1}',
    '{"v":1}',
    '{"v":1,"round":-1}',
    row({}).replace('"need":0.5', '"need":"much"'),
    row({}).replace('"none"', '"moon"'),
    row({}).replace('"desired":5', '"desired":0'),
    row({}).replace('"desired":5', '"desired":1e999'),
  ])('is nothing where it cannot be read: %s', (text) => expect(readTelling(text)).toBeUndefined());
});

describe('the opinion of a fleet', () => {
  it('is none in the first minute, and then as many as there are', () => {
    const at = { ms: 0 };
    const a = heardBy('a', at);
    for (; at.ms < 60_000; at.ms += 5_000) a.hears({}, ['a', 'b', 'c'], ['a', 'b', 'c', 'c']);
    expect(a.status()).toBeUndefined();
    a.hears({}, ['a', 'b', 'c'], ['a', 'b', 'c', 'c']);
    expect(a.status()).toMatchObject({ desired: 3, workers: 3, decidedBy: 'a' });
  });

  it('waits for a fleet that comes one after another, but not for ever: it would be cut to those who were first', () => {
    const at = { ms: 0 };
    const coming = (everyMs: number) => {
      const a = heardBy('a', at);
      const beginMs = at.ms;
      for (; a.status() === undefined; at.ms += 5_000) {
        const count = Math.min(8, 1 + Math.floor((at.ms - beginMs) / everyMs));
        const there = Array.from({ length: count }, (_, i) => `${'abcdefgh'[i]}`);
        a.hears(
          {},
          there,
          Array.from({ length: 20 }, (_, i) => there[i % count]),
        );
      }
      return { after: at.ms - 5_000 - beginMs, desired: a.status()?.desired };
    };
    expect(coming(25_000)).toEqual({ after: 7 * 25_000 + 60_000, desired: 8 });
    expect(coming(50_000)).toEqual({ after: 300_000, desired: 7 });
  });

  it('is that of whoever comes first by name, and of those who tell something', () => {
    const at = { ms: 0 };
    const b = heardBy('b', at);
    b.hears({ a: row({}), c: row({ round: 3, opinion: { ...opinion, desired: 2 } }) }, ['a', 'b', 'c'], ['a', 'b']);
    expect(b.status()).toMatchObject({ desired: 5, why: 'so it was', decidedBy: 'a' });
    b.hears({ a: 'of another version', c: row({}) }, ['a', 'b', 'c'], ['b']);
    expect(b.status()?.decidedBy).toBe('b');
  });

  it('goes on from where it was, whoever takes it over', () => {
    const at = { ms: 0 };
    const newcomer = heardBy('a', at);
    newcomer.hears({ b: row({}) }, ['a', 'b'], ['a', 'b', 'b', 'b', 'b', 'b']);
    expect(newcomer.status()).toMatchObject({ desired: 5, decidedBy: 'a' });
    expect(readTelling(newcomer.tell())?.round).toBe(8);
  });

  it('does not change while somebody who has shards tells of no load, and not for pauses in which nobody looked', () => {
    const at = { ms: 0 };
    const a = heardBy('a', at);
    const others = { b: row({ load: undefined }) };
    for (; at.ms < 1_800_000; at.ms += 5_000) a.hears(others, ['a', 'b'], ['a', 'b']);
    expect(a.status()).toMatchObject({ desired: 5, why: 'no change: the load of 1 of the workers is not known yet' });
    for (let i = 0; i < 3; i += 1) {
      a.hears({ b: row({}) }, ['a', 'b'], ['a', 'b']);
      at.ms += 600_000;
    }
    expect(a.status()?.desired).toBe(5);
  });

  it('leaves out the shards of workers that are not like us', () => {
    const at = { ms: 0 };
    const a = heardBy('a', at);
    a.hears({ b: row({}) }, ['a', 'b'], ['a', 'b', 'kcl', 'kcl', 'kcl', 'kcl']);
    for (let i = 0; i < 130; i += 1) {
      at.ms += 5_000;
      a.hears({ b: row({}) }, ['a', 'b'], ['a', 'b', 'kcl', 'kcl', 'kcl', 'kcl']);
    }
    expect(a.status()?.desired).toBeLessThan(5);
    expect(a.status()?.why).toContain('on 2 shards');
  });

  it('says how old it is when the lease table cannot be read, and is followed no more', () => {
    const at = { ms: 0 };
    const b = heardBy('b', at);
    expect(b.desired()).toBeUndefined();
    b.hears({ a: row({}) }, ['a', 'b'], ['a', 'b']);
    expect(b.desired()).toBe(5);
    at.ms += 120_000;
    expect(b.desired()).toBeUndefined();
    expect(b.status()?.desired).toBe(5);
    expect(b.status()?.why).toBe('as of 120 s ago, when the lease table was last read: so it was');
  });
});
