import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOut } from '../../../src/lease/share.ts';

const WORKERS = ['a', 'b', 'c', 'd'];
/** Leases by owner; `-` is free, `x` belongs to somebody who does not share. */
const leases = (owners: string) =>
  [...owners].map((owner, i) => ({ shardId: `s${i}`, owner: owner === '-' ? undefined : owner }));
const shares = (owners: string, ...workers: string[]) => {
  const { free, moves } = shareOut({ leases: leases(owners), workers });
  return { free: Object.fromEntries(free), moves: moves.map(({ from, to }) => `${from}→${to}`) };
};

describe('shares', () => {
  it('are even to within one; who has most keeps most', () => {
    expect(shares('aaaa', 'a', 'b')).toEqual({ free: {}, moves: ['a→b', 'a→b'] });
    expect(shares('aaabb', 'a', 'b')).toEqual({ free: {}, moves: [] });
    expect(shares('aabbb', 'a', 'b')).toEqual({ free: {}, moves: [] });
    expect(shares('aaaab', 'b', 'a')).toEqual({ free: {}, moves: ['a→b'] });
    expect(shares('aaaabbbb', 'a', 'b', 'c')).toEqual({ free: {}, moves: ['a→c', 'b→c'] });
  });

  it('give free leases to those who have fewest, before anybody gives any', () => {
    expect(shares('aa--', 'a', 'b')).toEqual({ free: { s2: 'b', s3: 'b' }, moves: [] });
    expect(shares('----', 'a', 'b', 'c')).toEqual({ free: { s0: 'a', s1: 'b', s2: 'c', s3: 'a' }, moves: [] });
    expect(shares('aaaa-', 'a', 'b')).toEqual({ free: { s4: 'b' }, moves: ['a→b'] });
  });

  it('leave alone what belongs to somebody who does not share', () => {
    expect(shares('xxxxab', 'a', 'b')).toEqual({ free: {}, moves: [] });
    expect(shares('-', 'a', 'b', 'c', 'd')).toEqual({ free: { s0: 'a' }, moves: [] });
  });

  it('leave nothing free and differ by one at the most, after no more moves than needed and none back', () => {
    const owners = fc.array(fc.constantFrom('-', 'x', ...WORKERS), { maxLength: 40 });
    const workers = fc.uniqueArray(fc.constantFrom(...WORKERS), { minLength: 1 });
    fc.assert(
      fc.property(owners, workers, (owned, present) => {
        const input = { leases: leases(owned.join('')), workers: present };
        const { free, moves } = shareOut(input);
        const counts = new Map(present.map((worker) => [worker, 0]));
        const add = (worker: string | undefined, by: number) => {
          const count = counts.get(worker ?? '');
          if (worker !== undefined && count !== undefined) counts.set(worker, count + by);
        };
        for (const { shardId, owner } of input.leases) add(owner ?? free.get(shardId), 1);
        for (const { from, to } of moves) {
          add(from, -1);
          add(to, 1);
        }
        const after = [...counts.values()];
        expect(Math.max(...after) - Math.min(...after)).toBeLessThanOrEqual(1);
        expect(free.size).toBe(input.leases.filter(({ owner }) => owner === undefined).length);
        const givers = new Set(moves.map(({ from }) => from));
        for (const { to } of moves) expect(givers.has(to)).toBe(false);
        for (const worker of free.values()) expect(givers.has(worker)).toBe(false);
        // The order in which a scan names workers and leases changes nothing.
        const turned = shareOut({ leases: [...input.leases].reverse(), workers: [...present].reverse() });
        expect([Object.fromEntries(turned.free), turned.moves]).toEqual([Object.fromEntries(free), moves]);
      }),
    );
  });
});
