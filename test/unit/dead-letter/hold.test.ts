import { beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetter, Unkept } from '../../../src/core/letter.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { Reason } from '../../../src/core/reasons.ts';
import { LetterHold } from '../../../src/dead-letter/hold.ts';
import { type ManualClock, manualClock } from '../../support/clock.ts';

const letter = (reason: Reason, answer?: string): DeadLetter => ({
  reason,
  message: 'it failed',
  stream: 's',
  shard: 'shard',
  sequenceNumber: '1',
  subSequenceNumber: 0,
  ordinal: 0,
  partitionKey: undefined,
  arrivedMs: 0,
  raw: Buffer.from('x'),
  document: undefined,
  index: undefined,
  answer,
});

let clock: ManualClock;
let hold: LetterHold;
let written: number;

const start = (above: number) => {
  clock = manualClock();
  hold = new LetterHold({ above, clock, log: silentLog });
  written = 0;
};

/** As many letters, each about to be written; returns what the last one was told. */
const write = async (count: number, reason: Reason, answer?: string): Promise<Unkept> => {
  const put = async (letters: readonly DeadLetter[]) => {
    written += letters.length;
    return letters.map(() => undefined);
  };
  const target = hold.over({ put, close: async () => {} });
  let last: Unkept;
  for (let i = 0; i < count; i += 1) {
    const one = { ...letter(reason, answer), sequenceNumber: `${i}` };
    hold.letter(one);
    [last] = await target.put([one], new AbortController().signal);
  }
  return last;
};

describe('dead letters', () => {
  beforeEach(() => start(0.5));

  it('are held when a transform throws for all, after no more than the first thousand', async () => {
    for (let i = 0; i < 50; i += 1) {
      hold.transformed(100);
      await write(100, 'transform-threw');
    }
    expect(written).toBeLessThan(1_000);
    expect(await write(1, 'transform-threw')).toMatch(/^\d+ % of the last \d+ events .* transform-threw \(it failed\)/);
  });

  it('are counted by the event, however many documents of it would be dead letters', () => {
    hold.transformed(2_000);
    for (let event = 0; event < 100; event += 1)
      for (let ordinal = 0; ordinal < 50; ordinal += 1)
        hold.letter({ ...letter('index-window'), sequenceNumber: `${event}`, ordinal });
    expect(hold.why()).toBeUndefined();
    for (let event = 100; event < 1_101; event += 1)
      hold.letter({ ...letter('index-window'), subSequenceNumber: event });
    expect(hold.why()).toContain('index-window');
  });

  it('are held when nothing can be read', async () => {
    const why = await write(2_000, 'decode-json');
    expect(written).toBeLessThan(1_000);
    expect(why).toContain('decode-json');
  });

  it('are held when OpenSearch refuses most documents, however many events wait for it', async () => {
    hold.transformed(100_000);
    hold.delivered(400);
    const why = await write(2_000, 'sink-rejected', '400 mapper_parsing_exception');
    expect(written).toBeLessThan(1_000);
    expect(why).toContain('documents');
  });

  it('are written while they are no more than the share', async () => {
    for (let i = 0; i < 100; i += 1) {
      hold.transformed(100);
      expect(await write(50, 'transform-invalid')).toBeUndefined();
      await clock.tick(100);
    }
    expect(written).toBe(5_000);
  });

  it('are written while there are few of anything', async () => {
    for (let i = 0; i < 100; i += 1) {
      hold.transformed(10);
      expect(await write(10, 'transform-invalid')).toBeUndefined();
      await clock.tick(1_000);
    }
    expect(written).toBe(1_000);
  });

  it('are judged by the last minute alone', async () => {
    hold.transformed(100_000);
    await clock.tick(61_000);
    hold.transformed(2_000);
    expect(await write(2_000, 'transform-threw')).toMatch(/of the last 2000 events/);
  });

  it('stay held, or they would go out minute by minute', async () => {
    hold.transformed(2_000);
    await write(2_000, 'transform-threw');
    const before = written;
    await clock.tick(3_600_000);
    hold.transformed(100_000);
    expect(await write(1, 'transform-threw')).toBeDefined();
    expect(written).toBe(before);
  });

  it('of an index that was given up are not counted: their time was waited for', async () => {
    hold.delivered(100);
    expect(await write(5_000, 'index-unavailable', '503')).toBeUndefined();
  });

  it('are never held with Infinity', async () => {
    start(Number.POSITIVE_INFINITY);
    hold.transformed(5_000);
    expect(await write(5_000, 'transform-threw')).toBeUndefined();
  });
});
