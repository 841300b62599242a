import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Charge } from '../../../src/core/page.ts';
import { workerBudget } from '../../../src/pipeline/budget.ts';

const never = new AbortController().signal;

/** Whether the reader is let in without anything else happening. */
const letIn = async (pending: Promise<Charge | undefined>): Promise<Charge | undefined> =>
  Promise.race([pending, new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)))]);

describe('the memory budget', () => {
  it('lets readers in up to a shard’s share, and again as soon as it is given back', async () => {
    const budget = workerBudget(100, () => 2);
    const first = await letIn(budget.reserve('a', 40, never));
    const second = budget.reserve('a', 20, never);
    expect(await letIn(second)).toBeUndefined();
    expect(await letIn(budget.reserve('b', 50, never))).toBeDefined();
    first?.release();
    expect(await letIn(second)).toBeDefined();
    expect(budget.heldBytes()).toBe(70);
  });

  it('keeps readers out while debt is not paid, never whoever books it', async () => {
    const budget = workerBudget(100, () => 1);
    const charge = await letIn(budget.reserve('a', 10, never));
    charge?.add(500);
    expect(budget.heldBytes()).toBe(510);
    const next = budget.reserve('a', 10, never);
    expect(await letIn(next)).toBeUndefined();
    charge?.release();
    charge?.release();
    expect(await letIn(next)).toBeDefined();
    expect(budget.heldBytes()).toBe(10);
  });

  it('lets in one page larger than everything when nothing is held, and no second beside it', async () => {
    const budget = workerBudget(100, () => 4);
    const huge = await letIn(budget.reserve('a', 1_000, never));
    expect(huge).toBeDefined();
    expect(await letIn(budget.reserve('b', 1, never))).toBeUndefined();
  });

  it('does not let a crowd of small readers starve one that waits for the whole', async () => {
    const budget = workerBudget(100, () => 2);
    const held = await letIn(budget.reserve('a', 50, never));
    const large = budget.reserve('b', 80, never);
    const small = budget.reserve('c', 10, never);
    expect(await letIn(small)).toBeUndefined();
    held?.release();
    expect(await letIn(large)).toBeDefined();
    expect(await letIn(small)).toBeDefined();
  });

  it('forgets a reader that leaves', async () => {
    const budget = workerBudget(100, () => 1);
    const held = await letIn(budget.reserve('a', 100, never));
    const leaving = new AbortController();
    const pending = budget.reserve('a', 100, leaving.signal);
    leaving.abort();
    expect(await pending).toBeUndefined();
    held?.release();
    expect(budget.heldBytes()).toBe(0);
  });

  it('lets in who stood behind a reader that leaves', async () => {
    const budget = workerBudget(100, () => 2);
    await letIn(budget.reserve('a', 50, never));
    const leaving = new AbortController();
    const large = budget.reserve('b', 80, leaving.signal);
    const small = budget.reserve('c', 10, never);
    expect(await letIn(small)).toBeUndefined();
    leaving.abort();
    expect(await large).toBeUndefined();
    expect(await letIn(small)).toBeDefined();
  });

  it('holds nothing in the end, and never lets a reader in beyond the whole beside another', async () => {
    const step = fc.record({
      shard: fc.integer({ min: 0, max: 3 }),
      bytes: fc.integer({ min: 1, max: 150 }),
      debt: fc.nat(40),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const budget = workerBudget(100, () => 4);
        const open: Charge[] = [];
        for (const { shard, bytes, debt } of steps) {
          const before = budget.heldBytes();
          const leave = new AbortController();
          const charge = await letIn(budget.reserve(`s${shard}`, bytes, leave.signal));
          if (charge) expect(before === 0 || before + bytes <= 100).toBe(true);
          leave.abort();
          charge?.add(debt);
          if (charge) open.push(charge);
          if (debt % 3 === 0) open.shift()?.release();
        }
        for (const charge of open) charge.release();
        expect(budget.heldBytes()).toBe(0);
      }),
    );
  });
});
