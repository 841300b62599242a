import { describe, expect, it } from 'vitest';
import { passedPlaces } from '../../../src/lease/passed.ts';
import type { Checkpoint, LeaseRow } from '../../../src/lease/store.ts';

const row = (shardId: string, checkpoint: Checkpoint, startMs?: number): LeaseRow => ({
  shardId,
  checkpoint,
  startMs,
  parents: [],
  hashRange: undefined,
  owner: undefined,
  checkpointOwner: undefined,
  given: false,
  counter: 0,
  children: [],
});

const at = (sequenceNumber: string, subSequenceNumber = 0): Checkpoint => ({
  at: 'SEQUENCE',
  sequenceNumber,
  subSequenceNumber,
});

const shard = (id: string, ...parents: string[]) => ({ id, parents, hashRange: undefined });
const place = (name: string, sequenceNumber: string, subSequenceNumber = 0, arrivedMs = 1_000) => ({
  shard: name,
  sequenceNumber,
  subSequenceNumber,
  arrivedMs,
});

describe('the places that checkpoints have passed', () => {
  it('are those up to and including the checkpoint, by number and not by text', () => {
    const passed = passedPlaces({ rows: [row('a', at('100'))] }, [shard('a')]);
    expect(['99', '100', '101', '1000'].map((number) => passed(place('a', number, 7)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('are within a record those up to the sub-sequence number, where the checkpoint has one', () => {
    const passed = passedPlaces({ rows: [row('a', at('100', 2))] }, [shard('a')]);
    expect([0, 2, 3].map((sub) => passed(place('a', '100', sub)))).toEqual([true, true, false]);
    expect(passed(place('a', '99', 9))).toBe(true);
  });

  it('are all of a shard at its end, and none of one that has not begun', () => {
    const rows = [row('a', { at: 'SHARD_END' }), row('b', { at: 'TRIM_HORIZON' }), row('c', { at: 'LATEST' }, 500)];
    const passed = passedPlaces({ rows }, [shard('a'), shard('b', 'a'), shard('c')]);
    expect(['a', 'b', 'c'].map((name) => passed(place(name, '5')))).toEqual([true, false, false]);
  });

  it('are also what arrived before the application began: nobody will read it', () => {
    const rows = [row('a', { at: 'LATEST' }, 1_000), row('b', at('1'), 1_000)];
    const passed = passedPlaces({ rows }, [shard('a'), shard('b')]);
    expect(['a', 'b'].map((name) => passed(place(name, '5', 0, 999)))).toEqual([true, true]);
    expect(['a', 'b'].map((name) => passed(place(name, '5', 0, 1_000)))).toEqual([false, false]);
  });

  it('are all of a shard whose row is gone while one that continues it has a row', () => {
    const shards = [shard('a'), shard('b', 'a'), shard('c', 'b'), shard('d')];
    const passed = passedPlaces({ rows: [row('c', { at: 'TRIM_HORIZON' })] }, shards);
    expect(['a', 'b', 'c', 'd'].map((name) => passed(place(name, '5')))).toEqual([true, true, false, false]);
  });

  it('are all of a shard without a row, where every record that is asked for was read once', () => {
    const passed = passedPlaces({ rows: [row('a', at('100'))] });
    expect([passed(place('a', '100')), passed(place('a', '101')), passed(place('b', '5'))]).toEqual([
      true,
      false,
      true,
    ]);
  });
});
