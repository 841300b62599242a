import { describe, expect, it } from 'vitest';
import { saveWhileRunning } from '../../../src/checkpoint/saver.ts';
import { openTracker } from '../../../src/checkpoint/tracker.ts';
import type { Work } from '../../../src/core/lease.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { LeaseStore } from '../../../src/lease/store.ts';
import { openBudget } from '../../support/budget.ts';
import { seeded } from '../../support/clock.ts';
import { fleet, patient } from '../../support/coordinators.ts';
import { faultyLeaseStore } from '../../support/faulty-lease-store.ts';
import { shard } from '../../support/shard.ts';

const HOUR_MS = 3_600_000;
const READS: readonly string[] = ['prepare', 'list'] satisfies (keyof LeaseStore)[];

/** What an hour of one worker costs, after the first minute, on a table that takes a while to answer. */
const hourOf = async (
  shards: number,
  work: (clock: ReturnType<typeof fleet>['clock']) => Work,
  others: readonly string[] = [],
) => {
  const { clock, worker, table } = fleet(Array.from({ length: shards }, (_, i) => shard(`s${i}`)));
  const calls: string[] = [];
  const counted = faultyLeaseStore(table, (call) => {
    calls.push(call);
    return undefined;
  });
  const far: LeaseStore = {
    ...counted,
    renew: async (fence, id) => {
      await clock.sleep(15);
      return counted.renew(fence, id);
    },
    save: async (fence, checkpoint, id) => {
      await clock.sleep(15);
      return counted.save(fence, checkpoint, id);
    },
  };
  const a = worker('a', work(clock), far);
  const rest = others.map((id) => worker(id, work(clock)));
  await clock.tick(60_000);
  calls.length = 0;
  await clock.tick(HOUR_MS);
  const scans = calls.filter((call) => call === 'list').length;
  const shows = calls.filter((call) => call === 'show').length;
  const writes = calls.filter((call) => !READS.includes(call)).length;
  for (const { stop } of [a, ...rest]) stop.abort();
  await clock.tick(10_000);
  await Promise.all([a, ...rest].map(({ ended }) => ended));
  return { writes, scans, shows };
};

/** A busy shard, whose checkpoint moves with every interval of 5 s. */
const busy = (clock: ReturnType<typeof fleet>['clock']): Work => {
  return async (held, stop) => {
    const tracker = openTracker();
    const budget = openBudget();
    const ending = new AbortController();
    const saver = saveWhileRunning(
      {
        tracker,
        held,
        intervalMs: 5_000,
        clock,
        random: seeded(1),
        observe: { saved() {}, failed() {} },
        log: silentLog,
      },
      ending.signal,
    );
    for (let i = 1; !stop.aborted && !held.lost.aborted; i += 1) {
      const record = { data: Buffer.from('x'), sequenceNumber: String(i), arrivedMs: 0, partitionKey: undefined };
      const charge = await budget.reserve('s', 1, stop);
      if (charge) tracker.open({ records: [record], bytes: 1, behindMs: 0, children: undefined, charge }).settle(0);
      await clock.sleep(1_000, stop);
    }
    ending.abort();
    await saver.ended;
    return 'stopped';
  };
};

describe('an hour with the default failover', () => {
  it('costs at most 1,100 writes per shard with checkpoints every 5 s, the row of the worker included', async () => {
    const { writes, shows } = await hourOf(1, busy);
    expect(writes).toBeLessThanOrEqual(1_100);
    expect(writes).toBeGreaterThan(700);
    expect(shows).toBeLessThanOrEqual(240);
    expect((await hourOf(8, busy)).writes / 8).toBeLessThanOrEqual(760);
  }, 60_000);

  it('costs less for a shard on which nothing arrives, and a scan in 3 s for any number of shards', async () => {
    const { writes, scans } = await hourOf(8, () => patient);
    expect(writes / 8).toBeLessThanOrEqual(700);
    expect(scans).toBeLessThanOrEqual(1_350);
  }, 60_000);

  it('costs a scan a second as long as there is another worker', async () => {
    const { scans } = await hourOf(8, () => patient, ['b']);
    expect(scans).toBeGreaterThan(3_400);
    expect(scans).toBeLessThanOrEqual(4_000);
  }, 60_000);
});
