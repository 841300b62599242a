import { expect, it } from 'vitest';
import { deadLetterProbe } from '../../../src/dead-letter/probe.ts';
import { manualClock } from '../../support/clock.ts';

it('asks the target once a minute while it is sound, and each time while it is not', async () => {
  const clock = manualClock();
  const never = new AbortController().signal;
  let asked = 0;
  let trouble: string | undefined;
  const check = async () => {
    asked += 1;
    return trouble;
  };
  const probe = deadLetterProbe({ check }, clock);
  for (let i = 0; i < 5; i += 1) expect(await probe.check(never)).toBeUndefined();
  expect(asked).toBe(1);
  trouble = 'gone';
  await clock.tick(60_000);
  for (let i = 0; i < 3; i += 1) expect(await probe.check(never)).toBe('gone');
  expect(asked).toBe(4);
  trouble = undefined;
  expect(await probe.check(never)).toBeUndefined();
  expect(asked).toBe(5);
});
