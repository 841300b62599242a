import { describe, expect, it } from 'vitest';
import { envelope } from '../../../src/dead-letter/envelope.ts';
import type { LetterPlace, LetterToAdd } from '../../../src/dead-letter/place.ts';
import { type LetterQueue, type QueuedLetter, spoolQueue } from '../../../src/dead-letter/spool.ts';
import { letter } from '../../support/letter.ts';

const BEGUN_MS = 1_000_000;
const never = new AbortController().signal;
const textOf = (n: number): string => envelope(letter(n), 'app', new Date(0));

/** A queue that gives each message once, ten at a time, and a place that is only a list. */
const world = (texts: readonly string[], sentMs: (n: number) => number = () => 0, received = 0) => {
  const waiting: QueuedLetter[] = texts.map((text, n) => ({
    id: `m${n}`,
    text,
    handle: `h${n}`,
    sentMs: sentMs(n),
  }));
  const removed: string[] = [];
  const added: LetterToAdd[] = [];
  const steps: string[] = [];
  let more: (() => QueuedLetter) | undefined;
  const queue: LetterQueue = {
    url: 'queue',
    receive: async () => (more ? [more()] : waiting.splice(0, 10)),
    remove: async (handles) => {
      steps.push(`removed ${handles.length}`);
      removed.push(...handles);
    },
    waiting: async () => ({ here: waiting.length, received }),
    close() {},
  };
  const place: Pick<LetterPlace, 'add'> = {
    add: async (letters) => {
      steps.push(`added ${letters.length}`);
      added.push(...letters);
    },
  };
  const unreadable: string[] = [];
  const elsewhere: number[] = [];
  let spooled = 0;
  const spool = (stop = never) =>
    spoolQueue({
      queue,
      place,
      begunMs: BEGUN_MS,
      onReceived: (letters) => elsewhere.push(letters),
      onUnreadable: (where, why) => unreadable.push(`${where}: ${why}`),
      onSpooled: (letters) => {
        spooled += letters;
      },
      stop,
      end: never,
    });
  return {
    spool,
    queue,
    removed,
    added,
    steps,
    unreadable,
    elsewhere,
    spooled: () => spooled,
    keepComing(make: () => QueuedLetter) {
      more = make;
    },
  };
};

describe('a queue of letters', () => {
  it.each([
    [0, []],
    [7, [7]],
  ])('tells of those that somebody else has in hand: %i', async (received, told) => {
    const { spool, elsewhere } = world([], undefined, received);
    await spool();
    expect(elsewhere).toEqual(told);
  });

  it('is moved as it is, and removed only after it is put down', async () => {
    const texts = Array.from({ length: 95 }, (_, n) => textOf(n));
    const { spool, added, removed, steps, spooled } = world(texts);
    await spool();
    expect(added.map(({ line }) => `${line}`).sort()).toEqual([...texts].sort());
    expect(new Set(removed).size).toBe(95);
    expect(steps).toEqual(['added 95', 'removed 95']);
    expect(spooled()).toBe(95);
  });

  it('keeps what is no letter', async () => {
    const { spool, removed, unreadable } = world([textOf(1), 'nonsense', `{\n${textOf(2).slice(1)}`]);
    await spool();
    expect(removed).toEqual(['h0']);
    expect(unreadable).toEqual(['queue, message m1: it is no JSON', 'queue, message m2: it has several lines']);
  });

  it('that is filled meanwhile is left with what came later', async () => {
    const { spool, keepComing, added } = world([]);
    let n = 0;
    keepComing(() => {
      n += 1;
      return { id: `${n}`, text: textOf(n), handle: `${n}`, sentMs: BEGUN_MS + n };
    });
    await spool();
    expect(added.length).toBeGreaterThan(0);
    expect(added.length).toBeLessThan(100);
  });

  it('is emptied however wrong our clock goes', async () => {
    const { spool, added } = world(
      Array.from({ length: 500 }, (_, n) => textOf(n)),
      () => 10 * BEGUN_MS,
    );
    await spool();
    expect(added).toHaveLength(500);
  });

  it('that was being received at the stop is still put down', async () => {
    const { spool, queue, added, removed } = world(Array.from({ length: 500 }, (_, n) => textOf(n)));
    const stop = new AbortController();
    const { receive } = queue;
    let receives = 0;
    Object.assign(queue, {
      receive: (signal: AbortSignal) => {
        receives += 1;
        if (receives === 6) stop.abort();
        return receives > 6 ? Promise.reject(new Error('aborted')) : receive(signal);
      },
    });
    await spool(stop.signal);
    expect(added).toHaveLength(60);
    expect(removed).toHaveLength(60);
  });

  it('that cannot be received from any more tells so, after all that came is put down', async () => {
    const { spool, queue, removed } = world(Array.from({ length: 5 }, (_, n) => textOf(n)));
    const { receive } = queue;
    let receives = 0;
    Object.assign(queue, {
      receive: (signal: AbortSignal) => {
        receives += 1;
        return receives > 4 ? Promise.reject(new Error('no rights')) : receive(signal);
      },
    });
    await expect(spool()).rejects.toThrow('no rights');
    expect(removed).toHaveLength(5);
  });
});
