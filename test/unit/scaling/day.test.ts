import { describe, expect, it } from 'vitest';
import { type Day, type DayResult, playDay } from '../../support/scaling/day.ts';

const HOUR = 3_600;
const named = (count: number, prefix = 's'): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const even = (count: number, rate: (at: number) => number): Pick<Day, 'shards' | 'rate'> => {
  const all = named(count);
  return { shards: () => all, rate: (_, at) => rate(at) };
};
const most = (values: readonly number[]): number => Math.max(...values);
const desiredIn = ({ changes }: DayResult): number[] => changes.map(({ desired }) => desired);
/** Changes up and down right after each other are what flapping is. */
const turns = (result: DayResult): number => {
  const desired = desiredIn(result);
  return desired.filter((count, i) => {
    const [before, after] = [desired[i - 1], desired[i + 1]];
    return before !== undefined && after !== undefined && (count - before) * (after - count) < 0;
  }).length;
};

describe('the number of workers that a fleet should have', () => {
  it('follows a day with two peaks, a hot shard, a reshard, an outage of the sink and two deploys', () => {
    const before = named(16);
    const after = named(32, 'child-');
    const reshardAt = 15 * HOUR;
    const hot = (shard: string, at: number) => shard === 's3' && at > 3 * HOUR && at < 4 * HOUR;
    const sun = (at: number) => 1 + 2.5 * Math.max(0, Math.sin(((at / HOUR - 6) / 24) * 2 * Math.PI));
    const evening = (at: number) => (at > 19 * HOUR && at < 21 * HOUR ? 2 : 0);
    const outage = [9 * HOUR, 9 * HOUR + 2_400] as const;
    const result = playDay({
      seconds: 24 * HOUR,
      shards: (at) => (at < reshardAt ? before : after),
      rate: (shard, at) => (hot(shard, at) ? 2_600 : (300 * (sun(at) + evening(at))) / (shard.startsWith('s') ? 1 : 2)),
      sink: (at) => (at > outage[0] && at < outage[1] ? 0 : Number.POSITIVE_INFINITY),
      deploys: [2 * HOUR, 18 * HOUR],
      worker: 3_000,
      workersAtFirst: 4,
    });
    expect(result.changes.length).toBeLessThanOrEqual(26);
    expect(turns(result)).toBeLessThanOrEqual(4);
    expect(result.disagreements).toBe(0);
    const minute = (seconds: number) => Math.round(seconds / 60);
    // The hot shard comes no faster than it can be read, and catches up by itself; the outage is made good within the hour.
    const calm = [
      ...result.lags.slice(0, minute(3 * HOUR)),
      ...result.lags.slice(minute(6 * HOUR), minute(outage[0])),
      ...result.lags.slice(minute(outage[1] + HOUR)),
    ];
    expect(most(calm)).toBeLessThan(60);
    expect(result.workerHours).toBeLessThan(1.3 * result.leastWorkerHours);
  }, 60_000);

  it('does not change for a shard that comes no faster than it can be read, and says so', () => {
    const result = playDay({
      seconds: 2 * HOUR,
      shards: () => named(8),
      rate: (shard) => (shard === 's3' ? 2_500 : 60),
      worker: 4_000,
      workersAtFirst: 2,
    });
    expect(desiredIn(result)).toEqual([2]);
    expect(result.last?.why).toMatch(/s3 is \d+ s behind, and Kinesis gives no more of a shard: .* splitting it would/);
  });

  it('grows for a worker that has too much where all together have not, and does not try fewer again soon', () => {
    // Two heavy shards, which meet on one worker as long as there are fewer than five.
    const result = playDay({
      seconds: 3 * HOUR,
      shards: () => named(6),
      rate: (shard) => (shard === 's0' || shard === 's3' ? 620 : 20),
      workersAtFirst: 3,
    });
    expect(most(result.lags.slice(-60))).toBeLessThan(60);
    expect(result.changes.length).toBeLessThanOrEqual(8);
  });

  it('gives a shard that is more than one worker can do no more than one worker', () => {
    const result = playDay({
      seconds: 3 * HOUR,
      shards: () => named(8),
      rate: (shard) => (shard === 's3' ? 1_300 : 60),
    });
    expect(most(desiredIn(result))).toBeLessThanOrEqual(3);
    expect(result.changes.length).toBeLessThanOrEqual(3);
    expect(result.last?.why).toMatch(/s3 is \d+ s behind and more than one worker can do/);
  });

  it('stays as it is while the sink is down or refuses documents, and catches up afterwards', () => {
    for (const sink of [0, 1_500]) {
      const result = playDay({
        seconds: 4 * HOUR,
        ...even(8, () => 250),
        sink: (at) => (at > HOUR && at < 2 * HOUR ? sink : Number.POSITIVE_INFINITY),
        workersAtFirst: 4,
      });
      expect(result.changes.filter(({ atSeconds }) => atSeconds > HOUR && atSeconds < 2 * HOUR)).toEqual([]);
      expect(most(result.lags.slice(180))).toBeLessThan(10);
      expect(desiredIn(result).at(-1)).toBe(4);
    }
    const down = playDay({ seconds: HOUR, ...even(8, () => 250), sink: () => 0, workersAtFirst: 4 });
    expect(down.last?.why).toBe(
      'no change: the sink is the bottleneck, more workers would not help: OpenSearch does not answer',
    );
  });

  it('stays as it is while Kinesis brings nothing, and does not ask for a split', () => {
    const silence = [2 * HOUR, 3 * HOUR] as const;
    const day = (seconds: number): Day => ({
      seconds,
      ...even(8, () => 400),
      source: (at) => (at > silence[0] && at < silence[1] ? 0 : Number.POSITIVE_INFINITY),
      workersAtFirst: 5,
    });
    const during = playDay(day(silence[1]));
    expect(during.changes.filter(({ atSeconds }) => atSeconds > silence[0])).toEqual([]);
    expect(during.last?.why).toMatch(
      /^no change: s\d is \d+ s behind though its worker has time: see there what it waits/,
    );
    expect(most(playDay(day(5 * HOUR)).lags.slice(-30))).toBeLessThan(10);
  });

  it('does not grow for a lag that falls fast enough by itself', () => {
    const result = playDay({
      seconds: 2 * HOUR,
      ...even(8, () => 100),
      worker: 4_000,
      workersAtFirst: 2,
      lagAtFirst: HOUR,
    });
    expect(most(desiredIn(result))).toBe(2);
    expect(most(result.lags.slice(30))).toBeLessThan(10);
  });

  it('grows up to a worker a shard for a backlog of a day, and shrinks when it is done', () => {
    const result = playDay({ seconds: 8 * HOUR, ...even(8, () => 150), lagAtFirst: 24 * HOUR });
    expect(desiredIn(result).slice(0, 4)).toEqual([1, 2, 4, 8]);
    expect(most(result.lags.slice(5 * 60))).toBeLessThan(10);
    expect(desiredIn(result).at(-1)).toBeLessThanOrEqual(3);
  });

  it('shrinks an idle fleet by a quarter at a time, every ten minutes, to one', () => {
    const result = playDay({ seconds: 3 * HOUR, ...even(8, () => 1), workersAtFirst: 8 });
    expect(desiredIn(result)).toEqual([8, 6, 5, 4, 3, 2, 1]);
    const at = result.changes.map(({ atSeconds }) => atSeconds);
    for (const [i, seconds] of at.entries()) if (i > 0) expect(seconds - (at[i - 1] ?? 0)).toBeGreaterThanOrEqual(600);
  });

  it('does not change for a deploy, nor for a reshard that doubles the shards', () => {
    const deploy = playDay({ seconds: 3 * HOUR, ...even(16, () => 150), workersAtFirst: 4, deploys: [HOUR, 2 * HOUR] });
    expect(desiredIn(deploy)).toEqual([4]);
    const doubled = playDay({
      seconds: 3 * HOUR,
      shards: (at) => (at < HOUR ? named(8) : named(16, 'child-')),
      rate: (shard) => (shard.startsWith('s') ? 300 : 150),
      workersAtFirst: 4,
    });
    expect(desiredIn(doubled)).toEqual([4]);
  });

  it('never asks for more workers than there are shards', () => {
    const result = playDay({ seconds: 2 * HOUR, ...even(2, () => 5_000), shard: 20_000 });
    expect(most(desiredIn(result))).toBe(2);
  });

  it('stays as it is while workers do not tell of their load', () => {
    const silent = [700, 2 * HOUR] as const;
    const result = playDay({ seconds: 3 * HOUR, ...even(8, () => 10), workersAtFirst: 4, silent });
    const during = result.changes.filter(({ atSeconds }) => atSeconds > silent[0] + 60 && atSeconds < silent[1]);
    expect(during).toEqual([]);
    expect(desiredIn(result).at(-1)).toBeLessThan(4);
  });
});
