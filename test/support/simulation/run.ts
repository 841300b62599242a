import { expect, it } from 'vitest';
import { runSchedule } from './schedule.ts';

/** One schedule alone, of a seed that failed. */
const only = process.env.SHARDLINE_SIMULATION_SEED;

/** Runs schedules of their own; the first that fails is told with how to live through it again. */
export const simulationTest = (first: number, count: number): void => {
  const seeds = only === undefined ? Array.from({ length: count }, (_, i) => first + i) : [Number(only)];
  it(`nothing is lost, owned twice, turned back or stuck, in ${seeds.length} schedules from ${seeds[0]}`, {
    timeout: 240_000,
  }, async () => {
    for (const seed of seeds) {
      await runSchedule(seed).catch((thrown: unknown) => {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        expect.unreachable(`SHARDLINE_SIMULATION_SEED=${seed} shows it again: ${message}`);
      });
    }
  });
};
