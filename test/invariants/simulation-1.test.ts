import { expect, it } from 'vitest';
import { simulationTest } from '../support/simulation/run.ts';
import { runSchedule } from '../support/simulation/schedule.ts';

// Ten thousand schedules in all, in two files so that two cores share them.
simulationTest(1, 5_000);

it('a schedule replays exactly', async () => {
  for (const seed of [7, 77, 777]) expect(await runSchedule(seed)).toBe(await runSchedule(seed));
  expect(await runSchedule(7)).not.toBe(await runSchedule(77));
});
