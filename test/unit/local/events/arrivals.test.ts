import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Arrivals } from '../../../../src/local/events/arrivals.ts';

test('whatever is added in whatever order comes out by arrival, and what arrives together in the order it was added', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const arrivals = new Arrivals<{ atMs: number; order: number }>();
      const items = times.map((atMs, order) => ({ atMs, order }));
      for (const item of items) arrivals.add(item.atMs, item);
      expect(arrivals.nextMs()).toBe(times.length > 0 ? Math.min(...times) : Number.POSITIVE_INFINITY);
      const taken = items.map(() => arrivals.take());
      expect(taken).toEqual(items.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order));
      expect(arrivals.take()).toBeUndefined();
    }),
  );
});

test('things added between takes still come out in order', () => {
  const arrivals = new Arrivals<number>();
  for (const atMs of [5, 1, 9]) arrivals.add(atMs, atMs);
  expect(arrivals.take()).toBe(1);
  arrivals.add(3, 3);
  arrivals.add(7, 7);
  expect([arrivals.take(), arrivals.take(), arrivals.take(), arrivals.take()]).toEqual([3, 5, 7, 9]);
});
