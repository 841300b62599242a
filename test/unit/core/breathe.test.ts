import { expect, test } from 'vitest';
import { breathe } from '../../../src/core/breathe.ts';

test('lets one slice go on in each turn of the event loop, in their order', async () => {
  const turns: number[] = [];
  let turn = 0;
  let counting = true;
  const count = () => {
    turn += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all([0, 1, 2].map((n) => breathe().then(() => turns.push(turn + n * 100))));
  counting = false;
  expect(turns.map((each) => Math.floor(each / 100))).toEqual([0, 1, 2]);
  expect(new Set(turns.map((each) => each % 100)).size).toBe(3);
});
