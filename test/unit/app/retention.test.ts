import { expect, it } from 'vitest';
import { shardProgress } from '../../../src/app/progress.ts';
import { watchRetention } from '../../../src/app/retention.ts';
import { openTracker } from '../../../src/checkpoint/tracker.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { manualClock, seeded } from '../../support/clock.ts';

const HOUR_MS = 3_600_000;

it('is asked for until it is known, and again now and then', async () => {
  const clock = manualClock();
  const stop = new AbortController();
  const answers: (number | Error)[] = [
    new Error('away'),
    new Error('away'),
    24 * HOUR_MS,
    new Error('away'),
    48 * HOUR_MS,
  ];
  const ask = async () => {
    const answer = answers.shift();
    if (typeof answer === 'number') return answer;
    throw answer ?? new Error('asked too often');
  };
  const retention = watchRetention({ ask, clock, random: seeded(1) }, stop.signal);
  await clock.tick(1_000);
  expect(retention.retentionMs()).toBeUndefined();
  await clock.tick(30_000);
  expect(retention.retentionMs()).toBe(24 * HOUR_MS);
  await clock.tick(HOUR_MS / 6 - 28_000);
  expect(retention.retentionMs()).toBe(24 * HOUR_MS);
  await clock.tick(40_000);
  expect([retention.retentionMs(), answers]).toEqual([48 * HOUR_MS, []]);
  stop.abort();
  await retention.ended;
  expect(clock.sleepers()).toBe(0);
});

it('less the lag is what remains; unknown, nothing is said', async () => {
  const clock = manualClock();
  const metrics = createMetrics({ stream: 's', version: '1' });
  const progress = shardProgress(metrics, clock);
  progress.running('one', { tracker: openTracker(), checkpointAgeMs: () => 0 });
  progress.behind('one', 2 * HOUR_MS);
  const told = async () =>
    /^shardline_retention_remaining_seconds\{.*shard="one".*\} (\S+)$/m.exec(await metrics.text())?.[1];
  progress.publish(undefined);
  expect(await told()).toBeUndefined();
  progress.publish(24 * HOUR_MS);
  expect(await told()).toBe(String(22 * 3_600));
  progress.running('one', undefined);
  expect(await told()).toBeUndefined();
  metrics.close();
});
