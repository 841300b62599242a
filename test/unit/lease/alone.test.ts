import { describe, expect, it } from 'vitest';
import { planLeases } from '../../../src/lease/plan.ts';
import { openSharing } from '../../../src/lease/sharing.ts';
import type { LeaseRow, WorkerRow } from '../../../src/lease/store.ts';

const row = (shardId: string, owner: string | undefined, more: Partial<LeaseRow> = {}): LeaseRow => ({
  shardId,
  owner,
  checkpoint: { at: 'TRIM_HORIZON' },
  startMs: undefined,
  parents: [],
  hashRange: undefined,
  checkpointOwner: undefined,
  given: false,
  counter: 1,
  children: [],
  ...more,
});
const ENDED = { checkpoint: { at: 'SHARD_END' } } as const;

/** Whether worker `me` is alone when it sees these rows and works on those of `held`. */
const alone = (rows: readonly LeaseRow[], held: readonly string[], workers: readonly WorkerRow[] = []): boolean => {
  const sightings = rows.map((each) => ({ row: each, sinceMs: 0, moved: true }));
  const plan = planLeases({
    sightings,
    me: 'me',
    workers: new Set(workers.map(({ workerId }) => workerId)),
    held: new Set(held),
    listed: undefined,
    start: { at: 'TRIM_HORIZON' },
    nowMs: 1_000,
    failoverMs: 10_000,
  });
  const holdings = new Map(held.map((shardId) => [shardId, { sinceMs: 0, to: undefined }]));
  return openSharing('me', 10_000).decide({ workers, sightings, plan, held: holdings, nowMs: 1_000 }).alone;
};

describe('a worker is alone', () => {
  it('when it works on everything there is', () => {
    expect(alone([row('a', 'me'), row('b', 'me'), row('c', undefined, ENDED)], ['a', 'b'])).toBe(true);
  });

  it('not while another one shows itself', () => {
    expect(alone([row('a', 'me')], ['a'], [{ workerId: 'other', beat: '1' }])).toBe(false);
  });

  it('not while somebody else holds a lease, whoever that is', () => {
    expect(alone([row('a', 'me'), row('b', 'java-1')], ['a'])).toBe(false);
  });

  it('not while a lease is anybody’s, or ours and not yet begun', () => {
    expect(alone([row('a', 'me'), row('b', undefined)], ['a'])).toBe(false);
    expect(alone([row('a', 'me'), row('b', 'me')], ['a'])).toBe(false);
  });

  it('not before it works on anything', () => {
    expect(alone([], [])).toBe(false);
    expect(alone([row('a', undefined, ENDED)], [])).toBe(false);
  });
});
