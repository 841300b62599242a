import { describe, expect, it } from 'vitest';
import type { Start } from '../../../src/core/position.ts';
import type { Shard } from '../../../src/core/shard.ts';
import { type KnownLeases, missingLeases } from '../../../src/lease/shard-sync.ts';
import type { Checkpoint } from '../../../src/lease/store.ts';
import { shard } from '../../support/shard.ts';
import { sharedFile } from '../../support/shared-data.ts';

const NOW = 1_766_000_000_000;
const BEGUN: Checkpoint = { at: 'SEQUENCE', sequenceNumber: '7', subSequenceNumber: 0 };
const ENDED: Checkpoint = { at: 'SHARD_END' };
const HORIZON: Checkpoint = { at: 'TRIM_HORIZON' };

/** a and b merge into c; c splits into d and e. */
const shards = [shard('a'), shard('b'), shard('c', 'a', 'b'), shard('d', 'c'), shard('e', 'c')];

const made = (listed: readonly Shard[], known: Record<string, Checkpoint | undefined>, start: Start) => {
  const leases: KnownLeases = new Map(Object.entries(known));
  return missingLeases(listed, leases, start, NOW).map(({ shardId, checkpoint, startMs }) =>
    [shardId, checkpoint.at, startMs].filter((part) => part !== undefined).join(' '),
  );
};
const latest: Start = { at: 'LATEST' };
const horizon: Start = { at: 'TRIM_HORIZON' };
const atTime: Start = { at: 'AT_TIMESTAMP', timestampMs: 5 };

describe('an empty table', () => {
  it('gets every shard for TRIM_HORIZON, parents first', () => {
    expect(made([...shards].reverse(), {}, horizon)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((id) => `${id} TRIM_HORIZON`),
    );
  });

  it('gets the open shards for LATEST, fixed at the present time', () => {
    expect(made(shards, {}, latest)).toEqual([`d LATEST ${NOW}`, `e LATEST ${NOW}`]);
  });

  it('gets the oldest shards for a time', () => {
    expect(made(shards, {}, atTime)).toEqual(['a AT_TIMESTAMP 5', 'b AT_TIMESTAMP 5']);
  });

  it('gets shards whose parents are listed no more', () => {
    expect(made([shard('x', 'trimmed')], {}, horizon)).toEqual(['x TRIM_HORIZON']);
  });
});

describe('a table with leases', () => {
  it('lacks nothing while the ancestors of the open shards are at work', () => {
    for (const start of [latest, horizon, atTime]) expect(made(shards, { a: BEGUN, b: HORIZON }, start)).toEqual([]);
  });

  it('gets a child whose parents have all ended from its beginning, wherever the application began', () => {
    for (const start of [latest, horizon, atTime]) {
      expect(made(shards, { a: ENDED, b: ENDED }, start)).toEqual(['c TRIM_HORIZON']);
      expect(made(shards, { a: ENDED, b: ENDED, c: ENDED, d: BEGUN }, start)).toEqual(['e TRIM_HORIZON']);
      expect(made(shards, { a: ENDED, b: BEGUN }, start)).toEqual([]);
    }
  });

  it('gets the other parent of a merge', () => {
    expect(made(shards, { a: ENDED }, horizon)).toEqual(['b TRIM_HORIZON']);
    expect(made(shards, { a: BEGUN }, latest)).toEqual([`b LATEST ${NOW}`]);
    expect(made(shards, { a: BEGUN }, atTime)).toEqual(['b AT_TIMESTAMP 5']);
  });

  it('gets the parents that a lease not begun waits for, and not those of one that has begun', () => {
    expect(made(shards, { c: HORIZON }, horizon)).toEqual(['a TRIM_HORIZON', 'b TRIM_HORIZON']);
    expect(made(shards, { c: BEGUN }, horizon)).toEqual([]);
    expect(made(shards, { d: { at: 'LATEST' }, e: { at: 'LATEST' } }, latest)).toEqual([]);
  });

  it('does not begin a shard at LATEST whose parent has a lease, though Kinesis lists the parent no more', () => {
    const listed = [shard('x', 'gone'), shard('y')];
    expect(made(listed, { gone: BEGUN }, latest)).toEqual([`y LATEST ${NOW}`]);
    expect(made(listed, { gone: ENDED }, latest)).toEqual(['x TRIM_HORIZON', `y LATEST ${NOW}`]);
  });

  it('never gets a second lease for one whose row cannot be read', () => {
    expect(made(shards, { a: ENDED, b: ENDED, c: undefined }, horizon)).toEqual([]);
  });
});

interface KclShard {
  readonly ShardId: string;
  readonly ParentShardId: string | null;
  readonly AdjacentParentShardId: string | null;
}
interface KclCases {
  readonly graphs: Record<string, readonly KclShard[]>;
  readonly cases: readonly {
    readonly name: string;
    readonly graph: string;
    readonly currentLeases: readonly string[];
    readonly initialPosition: Start['at'];
    readonly expectedNewLeases: Record<string, string>;
  }[];
}

const casesJson = sharedFile('lease_cases/kcl_shard_graph_lease_creation.json')?.toString();
const kcl: KclCases = casesJson ? JSON.parse(casesJson) : { graphs: {}, cases: [] };

/** The KCL's own cases, on machines that have them; the ones above stand for their classes. */
describe.runIf(kcl.cases.length > 0)("the KCL's cases", () => {
  it.each(kcl.cases)('$name', ({ graph, currentLeases, initialPosition, expectedNewLeases }) => {
    const listed = (kcl.graphs[graph] ?? []).map((one) =>
      shard(one.ShardId, ...[one.ParentShardId, one.AdjacentParentShardId].filter((parent) => parent !== null)),
    );
    const start: Start = initialPosition === 'AT_TIMESTAMP' ? atTime : { at: initialPosition };
    const known = new Map(currentLeases.map((id) => [id, BEGUN]));
    const leases = missingLeases(listed, known, start, NOW);
    expect(Object.fromEntries(leases.map(({ shardId, checkpoint }) => [shardId, checkpoint.at]))).toEqual(
      expectedNewLeases,
    );
  });
});
