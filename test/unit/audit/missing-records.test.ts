import { expect, it } from 'vitest';
import { MissingRecords } from '../../../src/audit/missing-records.ts';

const place = (shard: string, sequenceNumber: string, arrivedMs = 1_000) => ({
  shard,
  sequenceNumber,
  subSequenceNumber: 0,
  ordinal: 0,
  arrivedMs,
});

it('keeps the stretch of each shard, and counts findings until their record is repaired', () => {
  const missing = new MissingRecords(10);
  for (const [sequence, arrivedMs] of [
    ['5', 500],
    ['5', 500],
    ['3', 300],
    ['9', 900],
  ] as const)
    missing.add(place('a', sequence, arrivedMs));
  missing.add(place('b', '1'));
  expect([...missing.shards().keys()]).toEqual(['a', 'b']);
  expect(missing.shards().get('a')).toMatchObject({ firstMs: 300, lastMs: 900 });
  expect(missing.left()).toBe(5);
  missing.repaired('a', '5');
  missing.repaired('a', '5');
  missing.repaired('b', '7');
  expect(missing.left()).toBe(3);
});

it('takes up to so many records, but every finding of those; the others are left', () => {
  const missing = new MissingRecords(2);
  for (const sequence of ['1', '2', '3', '1']) missing.add(place('a', sequence));
  expect([...(missing.shards().get('a')?.records ?? [])]).toEqual([
    ['1', 2],
    ['2', 1],
  ]);
  missing.repaired('a', '1');
  missing.repaired('a', '2');
  expect(missing.left()).toBe(1);
});
