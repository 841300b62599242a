import { describe, expect, it } from 'vitest';
import { planLeases, startOf } from '../../../src/lease/plan.ts';
import { leaseSightings } from '../../../src/lease/sightings.ts';
import type { LeaseRow } from '../../../src/lease/store.ts';

const row = (shardId: string, more: Partial<LeaseRow> = {}): LeaseRow => ({
  shardId,
  checkpoint: { at: 'TRIM_HORIZON' },
  startMs: undefined,
  parents: [],
  hashRange: undefined,
  owner: undefined,
  checkpointOwner: undefined,
  given: false,
  counter: 0,
  children: [],
  ...more,
});
const ENDED = { checkpoint: { at: 'SHARD_END' } } as const;
const BEGUN = { checkpoint: { at: 'SEQUENCE', sequenceNumber: '5', subSequenceNumber: 0 } } as const;

const plan = (
  rows: readonly LeaseRow[],
  {
    since = 0,
    now = 0,
    held = [] as string[],
    listed = [] as string[] | 'unanswered',
    asked = 0,
    workers = ['w'],
  } = {},
) => {
  const { free, mine, states, unusable } = planLeases({
    sightings: rows.map((one) => ({ row: one, sinceMs: since })),
    me: 'me',
    workers: new Set(workers),
    held: new Set(held),
    listed: listed === 'unanswered' ? undefined : { shards: new Set(listed), askedMs: asked },
    start: { at: 'LATEST' },
    nowMs: now,
    failoverMs: 10_000,
  });
  const ids = (these: readonly LeaseRow[]) => these.map(({ shardId }) => shardId);
  return { free: ids(free), mine: ids(mine), states: Object.fromEntries(states), unusable };
};

describe('what is taken', () => {
  it('is what nobody owns, at once', () => {
    expect(plan([row('a'), row('b', { owner: 'w' })]).free).toEqual(['a']);
  });

  it('is what shows no sign of life for longer than the failover time, not a moment earlier', () => {
    const rows = [row('a', { owner: 'w' })];
    expect(plan(rows, { now: 10_000 })).toMatchObject({ free: [], states: { a: 'owned' } });
    expect(plan(rows, { now: 10_001 })).toMatchObject({ free: ['a'], states: { a: 'unowned' } });
  });

  it('is what was given to somebody who does not begin: soon, and at once when he has taken leave', () => {
    const rows = [row('a', { owner: 'w', given: true })];
    expect([0, 2_500, 2_501].map((now) => plan(rows, { now }).free)).toEqual([[], [], ['a']]);
    expect(plan(rows, { now: 1, workers: [] }).free).toEqual(['a']);
    expect(plan([row('a', { owner: 'w', given: true, checkpointOwner: 'x' })], { now: 9_999 }).free).toEqual([]);
  });

  it('is not what this process still works on, nor what is finished', () => {
    const rows = [row('a', { owner: 'me' }), row('b', ENDED)];
    expect(plan(rows, { now: 60_000, held: ['a'] })).toMatchObject({
      free: [],
      states: { a: 'owned', b: 'finished' },
    });
  });

  it('is not a lease that a KCL leader is moving, until its present holder is silent', () => {
    const moving = [row('a', { checkpointOwner: 'w' })];
    expect(plan(moving).free).toEqual([]);
    expect(plan(moving, { now: 10_001 }).free).toEqual(['a']);
  });

  it('is not a lease that says AT_TIMESTAMP and no time', () => {
    expect(plan([row('a', { checkpoint: { at: 'AT_TIMESTAMP' } })])).toMatchObject({ free: [], unusable: ['a'] });
  });
});

describe('a child', () => {
  const child = row('c', { parents: ['a', 'b'] });

  it('waits until both its parents have ended', () => {
    expect(plan([row('a', ENDED), row('b', { owner: 'w' }), child]).states.c).toBe('waiting');
    expect(plan([row('a', ENDED), row('b', ENDED), child]).free).toEqual(['c']);
  });

  it('waits for a parent without a lease as long as Kinesis lists it, or has not answered', () => {
    const rows = [row('a', ENDED), child];
    expect(plan(rows, { listed: ['b', 'c'] }).free).toEqual([]);
    expect(plan(rows, { listed: 'unanswered' }).free).toEqual([]);
    expect(plan(rows, { listed: ['c'] }).free).toEqual(['c']);
    // A listing older than the lease may be from before both were born.
    expect(plan(rows, { listed: [], since: 5, asked: 4 }).free).toEqual([]);
    expect(plan(rows, { listed: [], since: 5, asked: 5 }).free).toEqual(['c']);
    expect(plan(rows, { listed: ['c'], since: 5, asked: 4 }).free).toEqual(['c']);
  });

  it('that has begun, or begins at LATEST, waits for no parent that has no lease', () => {
    for (const checkpoint of [BEGUN.checkpoint, { at: 'LATEST' } as const])
      expect(plan([row('c', { parents: ['a'], checkpoint })], { listed: ['a', 'c'] }).free).toEqual(['c']);
  });
});

describe('sightings', () => {
  const sinceOf = (sightings: ReturnType<typeof leaseSightings>, rows: readonly LeaseRow[], nowMs: number) =>
    sightings.see(rows, nowMs).map(({ sinceMs }) => sinceMs);

  it('count from the first scan that showed the heartbeat, and anew after each change of it or of the owner', () => {
    const sightings = leaseSightings(1_000);
    expect(sinceOf(sightings, [row('a', { owner: 'w', counter: 4 })], 100)).toEqual([100]);
    expect(sinceOf(sightings, [row('a', { owner: 'w', counter: 4 })], 200)).toEqual([100]);
    expect(sinceOf(sightings, [row('a', { owner: 'w', counter: 5 })], 300)).toEqual([300]);
    expect(sinceOf(sightings, [row('a', { owner: 'x', counter: 5 })], 400)).toEqual([400]);
    expect(sinceOf(sightings, [row('a', { owner: 'x', counter: 5, checkpointOwner: 'w' })], 500)).toEqual([500]);
  });

  it('begin anew for a row that was gone', () => {
    const sightings = leaseSightings(1_000);
    sightings.see([row('a')], 100);
    sightings.see([], 200);
    expect(sinceOf(sightings, [row('a')], 300)).toEqual([300]);
  });

  it('begin anew after a pause in which nobody could be seen', () => {
    const sightings = leaseSightings(1_000);
    for (const nowMs of [100, 1_100]) expect(sinceOf(sightings, [row('a')], nowMs)).toEqual([100]);
    expect(sinceOf(sightings, [row('a')], 2_101)).toEqual([2_101]);
  });

  it('tell what came or changed while we looked from what may be long dead', () => {
    const sightings = leaseSightings(1_000);
    const moved = (rows: readonly LeaseRow[], nowMs: number) => sightings.see(rows, nowMs).map((one) => one.moved);
    expect(moved([row('a')], 0)).toEqual([false]);
    expect(moved([row('a'), row('b')], 500)).toEqual([false, true]);
    expect(moved([row('a', { counter: 1 }), row('b')], 1_000)).toEqual([true, true]);
    expect(moved([row('a', { counter: 1 }), row('b', { counter: 1 })], 9_000)).toEqual([false, true]);
  });
});

describe('where a lease begins', () => {
  it('is its checkpoint, or for LATEST the time fixed in the row, else the present one', () => {
    const start = { at: 'LATEST' } as const;
    expect(startOf(row('a', BEGUN), start, 99)?.position).toEqual(BEGUN.checkpoint);
    expect(startOf(row('a'), start, 99)?.position).toEqual({ at: 'TRIM_HORIZON' });
    const latest = { checkpoint: { at: 'LATEST' } } as const;
    expect(startOf(row('a', { ...latest, startMs: 7 }), start, 99)?.position).toEqual({
      at: 'AT_TIMESTAMP',
      timestampMs: 7,
    });
    expect(startOf(row('a', latest), start, 99)).toEqual({
      position: { at: 'AT_TIMESTAMP', timestampMs: 99 },
      startMs: 99,
    });
  });

  it('is the configured time where the row says AT_TIMESTAMP and tells none', () => {
    const at = row('a', { checkpoint: { at: 'AT_TIMESTAMP' } });
    expect(startOf(at, { at: 'AT_TIMESTAMP', timestampMs: 8 }, 99)?.position).toEqual({
      at: 'AT_TIMESTAMP',
      timestampMs: 8,
    });
    expect(startOf(at, { at: 'TRIM_HORIZON' }, 99)).toBeUndefined();
  });
});
