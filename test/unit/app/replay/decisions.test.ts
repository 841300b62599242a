import { describe, expect, it } from 'vitest';
import { countedLetters } from '../../../../src/app/replay/counted-letters.ts';
import { doneShare, estimator, isThrough, progressLine } from '../../../../src/app/replay/progress.ts';
import { reachOf } from '../../../../src/app/replay/reach.ts';
import { openReached } from '../../../../src/app/replay/reached.ts';
import { type Counted, planSwitch } from '../../../../src/app/replay/switch.ts';
import { manualClock } from '../../../support/clock.ts';
import { letter } from '../../../support/letter.ts';

const HOUR_MS = 3_600_000;

describe('what the stream still has of a range', () => {
  const input = {
    range: { fromMs: 100 * HOUR_MS, toMs: 101 * HOUR_MS },
    retentionMs: 24 * HOUR_MS,
    createdMs: 0,
    begun: false,
  };

  it('is all of it, or soon will not be, or is not, with the time from which records are there', () => {
    expect(reachOf({ ...input, nowMs: 110 * HOUR_MS })).toEqual({ trimmed: false });
    expect(reachOf({ ...input, nowMs: 123.5 * HOUR_MS }).warning).toMatch(/24 h, now since 1970-01-05T03:30:00.000Z/);
    expect(reachOf({ ...input, nowMs: 125 * HOUR_MS })).toEqual({
      trimmed: true,
      refused: expect.stringContaining('now since 1970-01-05T05:00:00.000Z'),
    });
  });

  it('is no reason to refuse a replay that goes on', () => {
    const reach = reachOf({ ...input, nowMs: 125 * HOUR_MS, begun: true });
    expect(reach).toEqual({ trimmed: true, warning: expect.stringContaining('is lost') });
  });

  it('lacks nothing from before the stream was made', () => {
    const reach = reachOf({ ...input, nowMs: 125 * HOUR_MS, createdMs: 110 * HOUR_MS });
    expect(reach).toEqual({ trimmed: false });
  });
});

describe('an alias', () => {
  const counted = (index: string, within: number, others: number, settings = {}): Counted => ({
    index,
    within,
    others,
    settings,
  });

  it('goes from the indices that were replayed whole to the new ones, and stays where nothing was replayed', () => {
    const carriers = [counted('old-1', 0, 9), counted('old-2', 5, 0), counted('old-3', 7, 0), counted('new-2', 5, 0)];
    const made = [counted('new-2', 5, 0), counted('new-3', 7, 0)];
    expect(planSwitch(carriers, made)).toEqual({ add: ['new-3'], remove: ['old-2', 'old-3'], narrow: [] });
    expect(planSwitch([], made)).toEqual({ add: ['new-2', 'new-3'], remove: [], narrow: [] });
  });

  it('shows of an index that holds more, or is written to through it, what was not replayed', () => {
    const write = { is_write_index: true };
    const carriers = [
      counted('old-1', 5, 2, { filter: {} }),
      counted('old-2', 5, 0, write),
      counted('old-3', 0, 5, write),
    ];
    expect(planSwitch(carriers, [counted('new-1', 10, 0)])).toEqual({
      add: ['new-1'],
      remove: [],
      narrow: [
        { index: 'old-1', settings: { filter: {} } },
        { index: 'old-2', settings: write },
      ],
    });
  });

  it('is not switched where it might show documents twice, or nothing was made', () => {
    expect(planSwitch([counted('old-1', 5, 0)], [counted('new-1', 5, 3)])).toEqual({
      refused: expect.stringContaining('new-1 (3)'),
    });
    expect(planSwitch([], [])).toEqual({ refused: expect.stringContaining('no index') });
  });
});

const lease = (shard: string, state: 'owned' | 'unowned' | 'waiting' | 'finished', held = false) => ({
  shard,
  state,
  held,
});

describe('how far a replay is', () => {
  const shard = (id: string, ...parents: string[]) => ({ id, parents });

  it.each([
    ['all leases are finished', [lease('a', 'finished')], [shard('a')], true],
    ['one is not', [lease('a', 'finished'), lease('b', 'owned')], [shard('a'), shard('b')], false],
    ['there is none yet', [], [shard('a')], false],
    ['a shard has no lease yet', [lease('a', 'finished')], [shard('a'), shard('b')], false],
    [
      'a shard was split after its part was done',
      [lease('a', 'finished')],
      [shard('a'), shard('b', 'a'), shard('c', 'b')],
      true,
    ],
    ['a shard follows one that is listed no more', [lease('a', 'finished')], [shard('b', 'a')], true],
    ['a shard follows one without a lease', [lease('a', 'finished')], [shard('a'), shard('c', 'b')], false],
  ])('is through or not when %s', (_when, leases, shards, through) => {
    expect(isThrough(leases, shards)).toBe(through);
  });

  const range = { fromMs: 40_000, toMs: 80_000 };
  const reached = new Map([
    ['b', 90_000],
    ['c', 30_000],
    ['d', 900_000],
  ]);

  it('is the mean of its shards, those of others left out, those that wait at nothing', () => {
    const of = (...leases: ReturnType<typeof lease>[]) => doneShare({ leases, reached, range });
    expect(of()).toBe(0);
    expect(of(lease('a', 'finished'), lease('b', 'owned', true))).toBe(0.75);
    expect(of(lease('c', 'owned', true), lease('d', 'owned', true))).toBe(0.5);
    expect(of(lease('x', 'owned'), lease('b', 'owned', true))).toBe(0.5);
    expect(of(lease('x', 'waiting'), lease('d', 'owned', true))).toBe(0.5);
  });

  it('is told with speed and time left, on one line, or what it waits for', () => {
    const estimate = estimator();
    expect(estimate(0, 0, 0)).toEqual({ perSecond: 0, leftMs: undefined });
    const { perSecond, leftMs } = estimate(60_000, 0.25, 30_000);
    const leases = [lease('shardId-000000000000', 'finished'), lease('shardId-000000000012', 'owned', true)];
    const input = {
      leases,
      reached: new Map([['shardId-000000000012', 90_000]]),
      range,
      totals: { read: 30_000, indexed: 29_000, duplicate: 0, stale: 0, dropped: 0, deadLettered: 3 },
      perSecond,
      leftMs,
      trouble: undefined,
    };
    expect(progressLine(input)).toBe('75 %, 1 of 2 shards, 500/s, 3 min left, 29000 indexed, 3 dead letters, #12 50 %');
    expect(progressLine({ ...input, trouble: 'no disk' })).toBe('waiting: no disk');
  });
});

describe('how far shards are read', () => {
  it('shows a jump over records that were trimmed', async () => {
    const clock = manualClock();
    const gaps: string[] = [];
    const startMs = clock.wall().getTime();
    const horizon = { oldestMs: startMs, retentionMs: 24 * HOUR_MS };
    const reached = openReached(clock, horizon, (shard) => void gaps.push(shard));
    reached.behind('a', 23 * HOUR_MS);
    reached.behind('b', 23 * HOUR_MS);
    await clock.tick(HOUR_MS);
    reached.behind('b', 23.5 * HOUR_MS);
    await clock.tick(HOUR_MS / 2);
    reached.behind('a', 24 * HOUR_MS);
    reached.behind('b', 24 * HOUR_MS);
    expect(gaps).toEqual(['a']);
    expect(reached.ms.get('b')).toBe(startMs - 22.5 * HOUR_MS);
  });

  it('is noticed where a shard is first read, after those before it, when the beginning of the range is trimmed', async () => {
    const clock = manualClock();
    const gaps: string[] = [];
    const oldestMs = clock.wall().getTime() - 20 * HOUR_MS;
    const reached = openReached(clock, { oldestMs, retentionMs: 24 * HOUR_MS }, (shard) => void gaps.push(shard));
    reached.begin('in time', { at: 'AT_TIMESTAMP', timestampMs: oldestMs - 60_000 });
    reached.behind('in time', 20 * HOUR_MS);
    await clock.tick(4 * HOUR_MS + 1);
    reached.begin('too late', { at: 'TRIM_HORIZON' });
    reached.behind('too late', 24 * HOUR_MS);
    // Kinesis refuses the record of a checkpoint that it has dropped; and others may have read on from ours.
    reached.begin('in time', { at: 'SEQUENCE', sequenceNumber: '1', subSequenceNumber: 0 });
    reached.behind('in time', 23 * HOUR_MS);
    expect(gaps).toEqual(['too late']);
  });
});

describe('dead letters of a replay', () => {
  it('are counted before they are written, each once, and not written while that fails', async () => {
    const done: string[] = [];
    let fails = true;
    const target = {
      put: async (letters: readonly unknown[]) => {
        done.push(`put ${letters.length}`);
        return letters.map(() => undefined);
      },
      check: async () => undefined,
      close: async () => {},
    };
    const count = async (letters: number) => {
      if (fails) throw new Error('no table');
      done.push(`count ${letters}`);
    };
    const counted = countedLetters(target, count);
    const never = new AbortController().signal;
    const [one, two] = [letter(1), letter(2)];
    await expect(counted.put([one], never)).rejects.toThrow('no table');
    fails = false;
    await counted.put([one], never);
    await counted.put([one, two], never);
    expect(done).toEqual(['count 1', 'put 1', 'count 1', 'put 2']);
  });
});
