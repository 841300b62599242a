import { describe, expect, it } from 'vitest';
import { type Item, newLeaseItem, readRow, wroteIt } from '../../../../src/lease/dynamodb/rows.ts';

const LEASE: Item = {
  leaseKey: { S: 'shardId-000000000000' },
  leaseCounter: { N: '3' },
  checkpoint: { S: '49590338271490256608559692538361571095921575989136588898' },
};
const problemOf = (change: Item): string | undefined => {
  const read = readRow({ ...LEASE, ...change });
  return 'malformed' in read ? read.malformed.problem : undefined;
};

describe('a row', () => {
  it('is read back as it was made', () => {
    const lease = {
      shardId: 's',
      checkpoint: { at: 'AT_TIMESTAMP' } as const,
      startMs: 7,
      parents: ['p'],
      hashRange: { start: '0', end: '9' },
    };
    const none = { owner: undefined, checkpointOwner: undefined, given: false, counter: 0, children: [] };
    expect(readRow(newLeaseItem(lease, 'w'))).toEqual({ lease: { ...lease, ...none } });
  });

  it('has no empty sets, which DynamoDB refuses', () => {
    const blank = { checkpoint: { at: 'LATEST' } as const, startMs: undefined, parents: [], hashRange: undefined };
    expect(Object.keys(newLeaseItem({ shardId: 's', ...blank }, 'w')).sort()).toEqual([
      'checkpoint',
      'checkpointSubSequenceNumber',
      'entityType',
      'leaseCounter',
      'leaseKey',
      'ownerSwitchesSinceCheckpoint',
      'shardlineWriteId',
    ]);
  });

  it('without an entity type is a lease, and one of another type is not', () => {
    expect(readRow(LEASE)).toMatchObject({ lease: { shardId: 'shardId-000000000000', counter: 3 } });
    expect(readRow({ leaseKey: { S: 'Leader' }, entityType: { S: 'LOCK' } })).toEqual({ other: 'LOCK' });
  });

  it.each<[Item, string]>([
    [{ leaseKey: { N: '1' } }, 'leaseKey is not a string'],
    [{ leaseCounter: { S: '3' } }, 'leaseCounter is not a whole number'],
    [{ leaseCounter: { N: '-1' } }, 'leaseCounter is not a whole number'],
    [{ checkpoint: { N: '5' } }, 'checkpoint is no string'],
    [{ checkpoint: { S: '0x5' } }, 'checkpoint is 0x5: neither a sequence number nor one of'],
    [{ checkpoint: { S: '007' } }, 'checkpoint is 007: neither'],
    [{ checkpointSubSequenceNumber: { S: '1' } }, 'checkpointSubSequenceNumber is not a whole number'],
    // Read as absent, a LATEST would begin now.
    [{ shardlineStartMs: { N: '1.5' } }, 'shardlineStartMs is not a whole number'],
    [{ leaseOwner: { N: '1' } }, 'leaseOwner is not a string'],
    [{ parentShardId: { S: 'p' } }, 'parentShardId is not a set of strings'],
  ])('with %j is reported, not guessed at', (change, problem) => {
    expect(problemOf(change)).toContain(problem);
  });
});

describe('our own write', () => {
  it('is known by its id and the counter together', () => {
    const row: Item = { ...LEASE, shardlineWriteId: { S: 'w' } };
    expect([wroteIt(row, 'w', 3), wroteIt(row, 'w', 2), wroteIt(row, 'x', 3), wroteIt(LEASE, 'w', 3)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
