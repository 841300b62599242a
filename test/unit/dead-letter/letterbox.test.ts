import { describe, expect, it } from 'vitest';
import type { DeadLetter, Unkept } from '../../../src/core/letter.ts';
import { silentLog } from '../../../src/core/log.ts';
import { Letterbox, type LetterboxOptions } from '../../../src/dead-letter/letterbox.ts';
import { manualClock, seeded } from '../../support/clock.ts';
import { letter } from '../../support/letter.ts';
import { until } from '../../support/until.ts';

const never = new AbortController().signal;
const kept = (letters: readonly DeadLetter[]): readonly Unkept[] => letters.map(() => undefined);

describe('the letterbox', () => {
  type Put = LetterboxOptions['target']['put'];
  const box = (put: Put, clock = manualClock(), more: Partial<LetterboxOptions> = {}) =>
    new Letterbox({
      target: { put, close: async () => {} },
      maxLetters: 10,
      maxBytes: 1_000,
      backoff: { firstMs: 100, maxMs: 1_000 },
      clock,
      random: seeded(3),
      log: silentLog,
      ...more,
    });

  it('tells that a letter is durable only after its write has succeeded', async () => {
    const clock = manualClock();
    const durable: number[] = [];
    let go: ((unkept: readonly Unkept[]) => void) | undefined;
    const letterbox = box(() => new Promise((resolve) => (go = resolve)), clock);
    const running = letterbox.run();
    letterbox.post({ letter: letter(1), onDurable: () => durable.push(1), lost: never });
    await until(() => go);
    expect(durable).toEqual([]);
    go?.([undefined]);
    await until(() => durable.length === 1);
    letterbox.close();
    await running;
  });

  it('tries for ever, says why, and loses none', async () => {
    const clock = manualClock();
    const durable: number[] = [];
    let broken = true;
    const letterbox = box(async (letters) => {
      if (broken) throw new Error('disk full');
      return kept(letters);
    }, clock);
    const running = letterbox.run();
    for (let n = 0; n < 25; n += 1)
      letterbox.post({ letter: letter(n), onDurable: () => durable.push(n), lost: never });
    await clock.tick(60_000);
    expect(durable).toEqual([]);
    expect(letterbox.trouble()).toContain('disk full');
    broken = false;
    await clock.tick(2_000);
    expect(durable.sort((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, n) => n));
    expect(letterbox.trouble()).toBeUndefined();
    letterbox.close();
    await running;
  });

  it('counts documents too: one write never grows beyond what a string can hold', async () => {
    const clock = manualClock();
    const writes: number[] = [];
    const letterbox = box(async (letters) => {
      writes.push(letters.length);
      return kept(letters);
    }, clock);
    for (let n = 0; n < 6; n += 1)
      letterbox.post({ letter: letter(n, { document: 'x'.repeat(400) }), onDurable: () => {}, lost: never });
    const running = letterbox.run();
    await clock.tick(0);
    expect(writes).toEqual([2, 2, 2]);
    letterbox.close();
    await running;
  });

  it('drops the letters of a lost shard that are not written yet', async () => {
    const clock = manualClock();
    const put: string[] = [];
    const lost = new AbortController();
    const letterbox = box(async (letters) => {
      put.push(...letters.map((each) => each.sequenceNumber));
      return kept(letters);
    }, clock);
    letterbox.post({ letter: letter(1), onDurable: () => {}, lost: lost.signal });
    letterbox.post({ letter: letter(2), onDurable: () => {}, lost: never });
    lost.abort();
    const running = letterbox.run();
    await clock.tick(0);
    expect(put).toEqual(['2']);
    letterbox.close();
    await running;
  });

  it('puts again only those that the target did not take', async () => {
    const clock = manualClock();
    const puts: string[][] = [];
    const durable: number[] = [];
    const letterbox = box(async (letters) => {
      puts.push(letters.map((each) => each.sequenceNumber));
      return letters.map((each) =>
        puts.length === 1 && Number(each.sequenceNumber) % 2 === 1 ? 'slow down' : undefined,
      );
    }, clock);
    for (let n = 0; n < 5; n += 1) letterbox.post({ letter: letter(n), onDurable: () => durable.push(n), lost: never });
    const running = letterbox.run();
    await clock.tick(0);
    expect(durable).toEqual([0, 2, 4]);
    expect(letterbox.trouble()).toContain('slow down');
    await clock.tick(100);
    expect(puts).toEqual([
      ['0', '1', '2', '3', '4'],
      ['1', '3'],
    ]);
    expect(durable).toEqual([0, 2, 4, 1, 3]);
    expect(letterbox.trouble()).toBeUndefined();
    letterbox.close();
    await running;
  });

  it('lets letters that are refused for ever hold up nobody, however many they are', async () => {
    const clock = manualClock();
    const durable = new Set<number>();
    const letterbox = box(
      async (letters) => letters.map((each) => (Number(each.sequenceNumber) < 30 ? 'refused' : undefined)),
      clock,
    );
    for (let n = 0; n < 60; n += 1) letterbox.post({ letter: letter(n), onDurable: () => durable.add(n), lost: never });
    const running = letterbox.run();
    await clock.tick(10_000);
    expect(durable.size).toBe(30);
    letterbox.post({ letter: letter(60), onDurable: () => durable.add(60), lost: never });
    await clock.tick(10_000);
    expect(durable.has(60)).toBe(true);
    expect(letterbox.trouble()).toContain('refused');
    letterbox.close();
    await running;
  });

  it('takes for kept only what the target has said so of', async () => {
    const clock = manualClock();
    const durable: number[] = [];
    let short = true;
    const letterbox = box(async (letters) => kept(short ? letters.slice(1) : letters), clock);
    for (let n = 0; n < 2; n += 1) letterbox.post({ letter: letter(n), onDurable: () => durable.push(n), lost: never });
    const running = letterbox.run();
    await clock.tick(0);
    expect(durable).toEqual([0]);
    short = false;
    await clock.tick(1_000);
    expect(durable).toEqual([0, 1]);
    letterbox.close();
    await running;
  });

  it('waits a moment for more where each write costs, but not with a full one', async () => {
    const clock = manualClock();
    const writes: number[] = [];
    const put: Put = async (letters) => {
      writes.push(letters.length);
      return kept(letters);
    };
    const letterbox = box(put, clock, { lingerMs: 1_000 });
    const running = letterbox.run();
    const post = (n: number) => letterbox.post({ letter: letter(n), onDurable: () => {}, lost: never });
    post(0);
    await clock.tick(900);
    post(1);
    expect(writes).toEqual([]);
    await clock.tick(100);
    expect(writes).toEqual([2]);
    for (let n = 2; n < 14; n += 1) post(n);
    await clock.tick(0);
    expect(writes).toEqual([2, 10]);
    await clock.tick(1_000);
    expect(writes).toEqual([2, 10, 2]);
    letterbox.close();
    await running;
  });

  it('ends the write under way when it is closed', async () => {
    const clock = manualClock();
    const put: Put = (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const letterbox = box(put, clock);
    letterbox.post({ letter: letter(1), onDurable: () => {}, lost: never });
    const running = letterbox.run();
    await clock.tick(0);
    letterbox.close();
    await running;
  });
});
