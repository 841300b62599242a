import { expect, it } from 'vitest';
import { knownShards } from '../../../src/app/gauges.ts';
import { openBoard } from '../../../src/lease/board.ts';
import type { Plan } from '../../../src/lease/plan.ts';
import { manualClock } from '../../support/clock.ts';

const PLAN: Plan = { free: [], mine: [], unusable: [], states: new Map(), expiresMs: Number.POSITIVE_INFINITY };

it('knows the states of shards only while the lease table is read', async () => {
  const clock = manualClock();
  const board = openBoard(clock);
  expect(knownShards(board.status())).toBeUndefined();
  board.read({ rows: [], workers: [], malformed: [] }, PLAN, clock.now());
  expect(knownShards(board.status())).toEqual({ owned: 0, unowned: 0, waiting: 0, finished: 0 });
  await clock.tick(61_000);
  expect(knownShards(board.status())).toBeUndefined();
});
