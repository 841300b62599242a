import { expect, test } from 'vitest';
import { backlog, live, noLines } from '../../../../src/local/demo/lines.ts';
import { manualClock } from '../../../support/clock.ts';

test('the backlog covers three days up to now, and every line of it is counted by its kind', () => {
  const counts = noLines();
  const lines = [...backlog(Date.UTC(2026, 2, 4, 12), counts)].map((line) => Buffer.from(line).toString());
  expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(lines.length);
  expect(lines.length).toBeGreaterThan(15_000);
  const days = new Set(
    lines.map((line) => /"timestamp":"(2026-0\d-\d\d)T/.exec(line)?.[1]).filter((day) => day !== undefined),
  );
  expect([...days].sort()).toEqual(['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04']);
  expect(Math.min(...Object.values(counts))).toBeGreaterThan(0);
});

test('live events come when their time has come, and end with the signal', async () => {
  const clock = manualClock();
  const stop = new AbortController();
  const counts = noLines();
  const total = () => Object.values(counts).reduce((sum, count) => sum + count, 0);
  const draining = (async () => {
    for await (const _ of live(clock, counts, stop.signal));
  })();
  for (let step = 0; step < 240; step += 1) await clock.tick(250);
  const afterOneMinute = total();
  expect(afterOneMinute).toBeGreaterThan(20);
  expect(afterOneMinute).toBeLessThan(1_500);
  stop.abort();
  await draining;
  expect(total()).toBe(afterOneMinute);
});
