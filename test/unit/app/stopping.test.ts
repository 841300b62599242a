import { describe, expect, it } from 'vitest';
import { stopping } from '../../../src/app/stopping.ts';
import { manualClock } from '../../support/clock.ts';

const stages = ({ stop, drainDeadline, exitDeadline }: ReturnType<typeof stopping>) =>
  [stop, drainDeadline, exitDeadline].map(({ aborted }) => aborted);

describe('a stop', () => {
  it('begins when told to, and then goes through its stages within its time', async () => {
    const clock = manualClock();
    const phase = stopping(25_000, clock);
    await clock.tick(100_000);
    expect(stages(phase)).toEqual([false, false, false]);
    phase.begin();
    phase.begin();
    expect(stages(phase)).toEqual([true, false, false]);
    await clock.tick(20_000);
    expect(stages(phase)).toEqual([true, true, false]);
    await clock.tick(4_500);
    expect(stages(phase)).toEqual([true, true, true]);
  });

  it('keeps some of a short time for the checkpoint and the exit', async () => {
    const clock = manualClock();
    const phase = stopping(1_000, clock);
    phase.begin();
    await clock.tick(700);
    expect(stages(phase)).toEqual([true, true, false]);
    await clock.tick(250);
    expect(stages(phase)).toEqual([true, true, true]);
  });
});
