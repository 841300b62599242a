import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { pace } from '../../../../src/source/kinesis/pace.ts';
import { pageSize } from '../../../../src/source/kinesis/page-size.ts';
import { openBudget } from '../../../support/budget.ts';
import { manualClock } from '../../../support/clock.ts';
import { localKinesis, putTexts, STREAM } from '../../../support/kinesis.ts';
import { hearing, pollingOf, reading } from '../../../support/reading.ts';
import { until } from '../../../support/until.ts';

const MIB = 1_048_576;

describe('the size of a page', () => {
  it('expects the largest records at first, then grows page by page', () => {
    const size = pageSize();
    expect(size.next(64 * MIB)).toEqual({ reserveBytes: MIB, limit: 1 });
    size.learn(1, 1000);
    const asks = [size.next(64 * MIB)];
    for (let i = 0; i < 3; i++) {
      const last = asks.at(-1) ?? { limit: 0 };
      size.learn(last.limit, last.limit * 1000);
      asks.push(size.next(64 * MIB));
    }
    expect(asks.map((ask) => ask.limit)).toEqual([65, 520, 1048, 1048]);
    expect(asks.every((ask) => ask.limit * 1000 <= ask.reserveBytes && ask.reserveBytes <= MIB)).toBe(true);
  });

  it('asks for less at once when records grow, and reserves little at the tip', () => {
    const size = pageSize();
    size.learn(1000, 1000 * 1000);
    expect(size.next(64 * MIB).limit).toBe(1048);
    size.learn(4000, 4000 * 500_000);
    expect(size.next(64 * MIB).limit).toBe(2);
    for (let i = 0; i < 12; i++) size.learn(2, 2000);
    expect(size.next(64 * MIB).reserveBytes).toBe(65_536);
    size.learn(0, 0);
    expect(size.next(64 * MIB).reserveBytes).toBe(65_536);
  });

  it('stays within the share, and still asks for one record when the share is tiny', () => {
    const size = pageSize();
    expect(size.next(MIB / 2)).toEqual({ reserveBytes: MIB / 2, limit: 1 });
    expect(size.next(1000)).toEqual({ reserveBytes: 1000, limit: 1 });
  });

  it('keeps answers of large records small', async () => {
    await using local = await localKinesis();
    for (let i = 0; i < 14; i++)
      await local.client.send(
        new PutRecordCommand({ StreamName: STREAM, Data: Buffer.alloc(MIB - 9, 'x'), PartitionKey: 'k' }),
      );
    const budget = openBudget();
    const read = reading(pollingOf(local.client, { budget }));
    await until(() => read.texts().length === 14);
    await read.stop();
    expect(Math.max(...read.pages.map((page) => page.bytes))).toBeLessThanOrEqual(MIB);
    const small = reading(pollingOf(local.client, { budget: openBudget(MIB) }));
    await until(() => small.texts().length === 14);
    await small.stop();
    expect(small.pages.map((page) => page.records.length)).toEqual(Array(14).fill(1));
  });
});

describe('the pace', () => {
  it('stretches when throttled and relaxes with every answer', () => {
    const one = pace({ floorMs: 200, idleMs: 250 });
    expect([one.intervalMs(false), one.intervalMs(true)]).toEqual([200, 250]);
    one.throttled();
    expect(one.intervalMs(false)).toBe(300);
    for (let i = 0; i < 20; i++) one.throttled();
    expect(one.intervalMs(true)).toBe(4000);
    for (let i = 0; i < 100; i++) one.answered(0, true);
    expect(one.intervalMs(false)).toBe(200);
  });

  it('asks half as often where nothing has come for long, and as before from the first record on', () => {
    const one = pace({ floorMs: 200, idleMs: 250, quiet: { afterMs: 60_000, everyMs: 500 } });
    one.answered(5_000, false);
    one.answered(64_999, false);
    expect(one.intervalMs(true)).toBe(250);
    one.answered(65_000, false);
    expect([one.intervalMs(true), one.intervalMs(false)]).toEqual([500, 200]);
    one.answered(65_500, true);
    expect(one.intervalMs(true)).toBe(250);
    one.answered(65_750, false);
    expect(one.intervalMs(true)).toBe(250);
  });

  it('reads every 200 ms while behind and every 250 ms at the tip', async () => {
    await using local = await localKinesis();
    await putTexts(local.client, ['a', 'b', 'c', 'd', 'e']);
    const manual = manualClock();
    const sleeps: number[] = [];
    const sleep = (ms: number, signal?: AbortSignal) => {
      sleeps.push(ms);
      return manual.sleep(ms, signal);
    };
    const { heard, observe } = hearing();
    const clock = { ...manual, sleep };
    const read = reading(pollingOf(local.client, { clock, observe, pace: { floorMs: 200, idleMs: 250 } }));
    await until(() => heard.at(-1) === 'behind' && sleeps.length === 1);
    await manual.tick(200);
    await until(() => heard.at(-1) === 'tip' && sleeps.length === 2);
    await manual.tick(250);
    await until(() => sleeps.length === 3);
    await read.stop();
    expect(sleeps).toEqual([200, 250, 250]);
    expect(heard.filter((line) => line === 'tip')).toHaveLength(2);
  });
});
