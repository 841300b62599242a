import { MergeShardsCommand, SplitShardCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import { holds } from '../../../../src/core/time-range.ts';
import { isPast, SLACK_MS, startOf } from '../../../../src/source/kinesis/range.ts';
import { listShards } from '../../../../src/source/kinesis/shards.ts';
import { openBudget } from '../../../support/budget.ts';
import { type ManualClock, manualClock } from '../../../support/clock.ts';
import {
  type LocalKinesis,
  localKinesis,
  putTexts,
  rewritingClient,
  STREAM,
  shardId,
} from '../../../support/kinesis.ts';
import { hearing, pollingOf, reading, shardNamed } from '../../../support/reading.ts';
import { until } from '../../../support/until.ts';

const StreamName = STREAM;
const never = new AbortController().signal;

/** The wall clock of the stream, with sleeps that take their real time. */
const readersClock = (clock: ManualClock) => ({ ...systemClock, wall: () => clock.wall() });

/** Puts one text after another, so many milliseconds apart; says when each arrived. */
const putEvery = async (local: LocalKinesis, clock: ManualClock, everyMs: number, texts: readonly string[]) => {
  const arrivedMs: number[] = [];
  for (const text of texts) {
    arrivedMs.push(clock.wall().getTime());
    await putTexts(local.client, [text], text);
    await clock.tick(everyMs);
  }
  return arrivedMs;
};

describe('a range', () => {
  it('begins with its first moment and ends before its last', () => {
    const range = { fromMs: 10, toMs: 20 };
    expect([9, 10, 19, 20].map((ms) => holds(range, ms))).toEqual([false, true, true, false]);
  });

  it.each([
    ['a record that arrived late enough', { lastArrivedMs: 61_000, behindMs: 9e9, answeredMs: 0 }, true],
    [
      'one that arrived behind the end, but perhaps out of order',
      { lastArrivedMs: 60_999, behindMs: 9e9, answeredMs: 0 },
      false,
    ],
    ['the tip, asked late enough', { lastArrivedMs: undefined, behindMs: 0, answeredMs: 61_000 }, true],
    ['the tip, asked when records may still come', { lastArrivedMs: 500, behindMs: 0, answeredMs: 60_999 }, false],
    ['an empty answer far from the tip', { lastArrivedMs: undefined, behindMs: 40_000, answeredMs: 100_000 }, false],
    ['an empty answer beyond the end', { lastArrivedMs: undefined, behindMs: 39_000, answeredMs: 100_000 }, true],
  ])('is past or not after %s', (_what, reached, past) => {
    expect(isPast({ fromMs: 0, toMs: 1_000 }, reached)).toBe(past);
  });
});

describe('reading a range', () => {
  it('brings what arrived within it, and ends the open shard', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock });
    const texts = Array.from({ length: 50 }, (_, i) => `event ${i}`);
    const arrivedMs = await putEvery(local, clock, 10_000, texts);
    const range = { fromMs: arrivedMs[20] ?? 0, toMs: arrivedMs[30] ?? 0 };
    const budget = openBudget();
    const { heard, observe } = hearing();
    const source = pollingOf(local.client, { range, budget, observe, clock: readersClock(clock) });
    const read = reading(source, shardNamed(0), startOf(range));
    await read.ended;
    expect(read.texts()).toEqual(texts.slice(20, 30));
    expect(read.pages.at(-1)?.children).toEqual([]);
    expect(heard.filter((line) => line.startsWith('read'))).not.toContain('read 0');
    expect(budget.held()).toBe(0);
  });

  it('ends a quiet shard at its tip once nothing of the range can come, and not before', async () => {
    const clock = manualClock();
    await using local = await localKinesis(2, { clock });
    const fromMs = clock.wall().getTime();
    await putTexts(local.client, ['one']);
    const range = { fromMs, toMs: fromMs + 1_000 };
    const { heard, observe } = hearing();
    const source = pollingOf(local.client, { range, observe, clock: readersClock(clock) });
    const both = [0, 1].map((index) => reading(source, shardNamed(index), startOf(range)));
    await clock.tick(999 + SLACK_MS);
    const told = heard.length;
    await until(() => heard.length > told + 10);
    expect(both.flatMap(({ pages }) => pages).some(({ children }) => children)).toBe(false);
    await clock.tick(1);
    await Promise.all(both.map(({ ended }) => ended));
    expect(both.flatMap((read) => read.texts())).toEqual(['one']);
    expect(both.map(({ pages }) => pages.at(-1)?.children)).toEqual([[], []]);
  });

  it.each([
    ['late', 180_000],
    ['early', -180_000],
  ])('brings all of it where the clock of Kinesis is three minutes %s', async (_what, aheadMs) => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock });
    const fromMs = clock.wall().getTime();
    const range = { fromMs, toMs: fromMs + 30_000 };
    await putTexts(local.client, ['first']);
    const ourClock = { ...systemClock, wall: () => new Date(clock.wall().getTime() + aheadMs) };
    const { heard, observe } = hearing();
    const read = reading(pollingOf(local.client, { range, observe, clock: ourClock }), shardNamed(0), startOf(range));
    await until(() => heard.length > 3);
    await clock.tick(29_999);
    await putTexts(local.client, ['last']);
    await until(() => read.texts().length === 2);
    await clock.tick(SLACK_MS + 1);
    await read.ended;
    expect(read.texts()).toEqual(['first', 'last']);
  });

  it('judges each record by itself, in whatever order they arrived', async () => {
    const clock = manualClock();
    await using local = await localKinesis(1, { clock });
    const baseMs = clock.wall().getTime();
    const offsets = [-30_000, 5_000, -1, 0, 20_000, 9_999, 10_000, 65_000, 1_000, 70_000, 2_000];
    await putTexts(local.client, offsets.map(String));
    await clock.tick(3_600_000);
    const client = rewritingClient(local.kinesis.url, (operation, body) => {
      if (operation !== 'GetRecords') return body;
      const answer = JSON.parse(body);
      for (const record of answer.Records) {
        const text = Buffer.from(record.Data, 'base64').toString();
        record.ApproximateArrivalTimestamp = (baseMs + Number(text)) / 1000;
      }
      return JSON.stringify(answer);
    });
    const range = { fromMs: baseMs, toMs: baseMs + 10_000 };
    const read = reading(pollingOf(client, { range, clock: readersClock(clock) }), shardNamed(0), startOf(range));
    await read.ended;
    client.destroy();
    // The last record lies behind one that ended the shard, or in the same page as that.
    expect(read.texts().filter((text) => text !== '2000')).toEqual(['5000', '0', '9999', '1000']);
  });

  it('goes through closed shards and what continues them, and needs no lease for it', async () => {
    const clock = manualClock();
    await using local = await localKinesis(2, { clock });
    const { client } = local;
    const put = (name: string) =>
      putEvery(
        local,
        clock,
        1_000,
        Array.from({ length: 10 }, (_, i) => `${name} ${i}`),
      );
    const merge = (a: number, b: number) =>
      client.send(new MergeShardsCommand({ StreamName, ShardToMerge: shardId(a), AdjacentShardToMerge: shardId(b) }));
    await put('before');
    await merge(0, 1);
    await clock.tick(SLACK_MS + 1_000);
    const fromMs = (await put('first')).at(0) ?? 0;
    await client.send(
      new SplitShardCommand({ StreamName, ShardToSplit: shardId(2), NewStartingHashKey: `${2n ** 127n}` }),
    );
    await put('second');
    await merge(3, 4);
    const lastMs = (await put('third')).at(-1) ?? 0;
    await clock.tick(2 * SLACK_MS);
    await client.send(
      new SplitShardCommand({ StreamName, ShardToSplit: shardId(5), NewStartingHashKey: `${2n ** 127n}` }),
    );
    await put('after');
    const range = { fromMs, toMs: lastMs + 1 };
    const shards = await listShards(client, STREAM, never, range);
    expect(shards.map(({ id }) => id)).toEqual([2, 3, 4, 5, 6, 7].map(shardId));
    const source = pollingOf(client, { range, clock: readersClock(clock) });
    const all = shards.map((shard) => reading(source, shard, startOf(range)));
    await clock.tick(SLACK_MS);
    await Promise.all(all.map(({ ended }) => ended));
    const expected = ['first', 'second', 'third'].flatMap((name) =>
      Array.from({ length: 10 }, (_, i) => `${name} ${i}`),
    );
    expect(all.flatMap((read) => read.texts()).toSorted()).toEqual(expected.toSorted());
  });
});
