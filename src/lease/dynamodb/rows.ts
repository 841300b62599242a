import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Checkpoint, LeaseRow, NewLease, WorkerRow } from '../store.ts';

export type Item = Record<string, AttributeValue>;

/** What a table row turned out to be. Rows of another entity type are not ours to read. */
export type ReadRow =
  | { readonly lease: LeaseRow }
  | { readonly worker: WorkerRow }
  | { readonly other: string }
  | { readonly malformed: { readonly key: string; readonly problem: string } };

/** Texts and numbers as DynamoDB takes them. */
export const s = (text: string): AttributeValue => ({ S: text });
export const n = (number: number): AttributeValue => ({ N: String(number) });

const SENTINELS = ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP', 'SHARD_END'] as const;

/**
 * A new lease in the KCL's format (its DynamoDBLeaseSerializer): empty strings and sets are never written. The two
 * attributes named shardline… are our own; the KCL ignores and keeps them.
 */
export const newLeaseItem = (lease: NewLease, writeId: string): Item => ({
  leaseKey: s(lease.shardId),
  leaseCounter: n(0),
  checkpoint: s('sequenceNumber' in lease.checkpoint ? lease.checkpoint.sequenceNumber : lease.checkpoint.at),
  checkpointSubSequenceNumber: n('sequenceNumber' in lease.checkpoint ? lease.checkpoint.subSequenceNumber : 0),
  ownerSwitchesSinceCheckpoint: n(0),
  entityType: s('LEASE'),
  shardlineWriteId: s(writeId),
  ...(lease.parents.length > 0 && { parentShardId: { SS: [...lease.parents] } }),
  ...(lease.hashRange && {
    startingHashKey: s(lease.hashRange.start),
    endingHashKey: s(lease.hashRange.end),
  }),
  ...(lease.startMs !== undefined && { shardlineStartMs: n(lease.startMs) }),
});

/** The KCL's type for rows of workers (its WorkerMetricStats, in the layout with a single table). */
export const WORKER = 'WORKER_METRIC_STATS';

/** Whether the row's last write was this one. The KCL leaves the id alone, so the counter has a say as well. */
export const wroteIt = (item: Item, writeId: string, counter: number): boolean =>
  item.shardlineWriteId?.S === writeId && item.leaseCounter?.N === String(counter);

/** Reads a row of the lease table, whoever wrote it. A row without an entity type is a lease, as before KCL 3.5. */
export const readRow = (item: Item): ReadRow => {
  const type = item.entityType?.S ?? 'LEASE';
  const key = item.leaseKey?.S ?? '';
  const beat = item.shardlineWriteId?.S;
  if (type === WORKER && key !== '' && beat !== undefined)
    return { worker: { workerId: key, beat, tells: item.shardlineTells?.S } };
  if (type !== 'LEASE') return { other: type };
  const counter = integer(item.leaseCounter);
  const checkpoint = readCheckpoint(item);
  const problem = problemOf(item, key, counter, checkpoint);
  if (problem !== undefined || counter === undefined || checkpoint === undefined)
    return { malformed: { key, problem: problem ?? 'it cannot be read' } };
  const start = item.startingHashKey?.S;
  const end = item.endingHashKey?.S;
  return {
    lease: {
      shardId: key,
      owner: item.leaseOwner?.S,
      checkpointOwner: item.checkpointOwner?.S,
      given: integer(item.shardlineGiven) === counter,
      counter,
      checkpoint,
      startMs: integer(item.shardlineStartMs),
      parents: item.parentShardId?.SS ?? [],
      children: item.childShardIds?.SS ?? [],
      hashRange: start !== undefined && end !== undefined ? { start, end } : undefined,
    },
  };
};

const integer = (value: AttributeValue | undefined): number | undefined => {
  const number = value?.N === undefined ? Number.NaN : Number(value.N);
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
};

const readCheckpoint = (item: Item): Checkpoint | undefined => {
  const text = item.checkpoint?.S ?? '';
  const sentinel = SENTINELS.find((name) => name === text);
  if (sentinel) return { at: sentinel };
  const subSequenceNumber = item.checkpointSubSequenceNumber ? integer(item.checkpointSubSequenceNumber) : 0;
  if (!/^(0|[1-9]\d*)$/.test(text) || subSequenceNumber === undefined) return undefined;
  return { at: 'SEQUENCE', sequenceNumber: text, subSequenceNumber };
};

/** Every attribute that is there must have its type: a lease half understood is a lease wrongly moved. */
const problemOf = (item: Item, key: string, counter?: number, checkpoint?: Checkpoint): string | undefined => {
  if (key === '') return 'leaseKey is not a string';
  if (counter === undefined) return 'leaseCounter is not a whole number';
  const wrongNumber = ['checkpointSubSequenceNumber', 'shardlineStartMs'].find(
    (name) => item[name] && integer(item[name]) === undefined,
  );
  if (wrongNumber) return `${wrongNumber} is not a whole number`;
  if (checkpoint === undefined) {
    const text = item.checkpoint?.S ?? 'no string';
    return `checkpoint is ${text}: neither a sequence number nor one of ${SENTINELS.join(', ')}`;
  }
  const strings = ['leaseOwner', 'checkpointOwner', 'startingHashKey', 'endingHashKey'];
  const wrongString = strings.find((name) => item[name] && !item[name].S);
  if (wrongString) return `${wrongString} is not a string`;
  const wrongSet = ['parentShardId', 'childShardIds'].find((name) => item[name] && !item[name].SS);
  return wrongSet && `${wrongSet} is not a set of strings`;
};
