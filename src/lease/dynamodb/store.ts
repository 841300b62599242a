import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../core/clock.ts';
import type { Fence, LeaseListing, LeaseReadOp, LeaseRow, LeaseStore, LeaseWriteOp } from '../store.ts';
import { deleteRow } from './delete.ts';
import { type Item, n, newLeaseItem, type ReadRow, readRow, s, wroteIt } from './rows.ts';
import { prepareTable } from './table.ts';
import { workerRows } from './workers.ts';

export interface DynamoDbLeaseStoreOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Clock;
  /** Called for each write request that is sent. */
  readonly countWrite: (op: LeaseWriteOp) => void;
  /** Called for each read request that is sent. */
  readonly countRead: (op: LeaseReadOp) => void;
}

interface Write {
  readonly update: string;
  readonly condition: string;
  readonly values: Item;
}

// The KCL's own conditions (its DynamoDBLeaseRefresher), with the owner beside the counter: a table that was deleted
// and made anew begins to count at 0 again, and a counter alone would let an old holder in.
const HOLDS = 'leaseCounter = :seen AND leaseOwner = :me AND attribute_not_exists(checkpointOwner)';
const WORKS = 'leaseCounter = :seen AND (leaseOwner = :me OR checkpointOwner = :me)';
const COUNT = 'leaseCounter = :next, shardlineWriteId = :write';
const CHECKPOINT = 'checkpoint = :checkpoint, checkpointSubSequenceNumber = :sub, ownerSwitchesSinceCheckpoint = :zero';
const PENDING = 'pendingCheckpoint, pendingCheckpointSubSequenceNumber, pendingCheckpointState';

/** The lease table in DynamoDB, in the KCL's row format and under its conditions. */
export const dynamoDbLeaseStore = (options: DynamoDbLeaseStoreOptions): LeaseStore => {
  const { client, table, clock, countWrite, countRead } = options;

  const get = async (shardId: string): Promise<Item | undefined> => {
    const key = { leaseKey: s(shardId) };
    countRead('get');
    return (await client.send(new GetItemCommand({ TableName: table, Key: key, ConsistentRead: true }))).Item;
  };

  /** Whether a write whose condition failed had in fact arrived before: the SDK or we sent it twice. */
  const arrivedBefore = async (thrown: unknown, shardId: string, writeId: string, counter: number) => {
    if (!(thrown instanceof ConditionalCheckFailedException)) throw thrown;
    // DynamoDB Local may keep the item to itself.
    const item = thrown.Item ?? (await get(shardId));
    return item !== undefined && wroteIt(item, writeId, counter);
  };

  const write = async (
    op: LeaseWriteOp,
    at: { readonly shardId: string; readonly counter: number },
    writeId: string,
    { update, condition, values }: Write,
  ): Promise<boolean> => {
    const next = at.counter + 1;
    const command = new UpdateItemCommand({
      TableName: table,
      Key: { leaseKey: s(at.shardId) },
      UpdateExpression: update,
      ConditionExpression: condition,
      ExpressionAttributeValues: { ...values, ':seen': n(at.counter), ':next': n(next), ':write': s(writeId) },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    countWrite(op);
    try {
      await client.send(command);
      return true;
    } catch (thrown) {
      return arrivedBefore(thrown, at.shardId, writeId, next);
    }
  };

  return {
    prepare: (signal) => prepareTable({ client, table, clock, countRead }, signal),
    list: (signal) => scan(options, signal),
    create: async (lease, writeId) => {
      const command = new PutItemCommand({
        TableName: table,
        Item: newLeaseItem(lease, writeId),
        ConditionExpression: 'attribute_not_exists(leaseKey)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      countWrite('create');
      try {
        await client.send(command);
        return true;
      } catch (thrown) {
        return arrivedBefore(thrown, lease.shardId, writeId, 0);
      }
    },
    take: (seen, owner, startMs, writeId) => write('take', seen, writeId, takeWrite(seen, owner, startMs)),
    renew: (fence, writeId) =>
      write('renew', fence, writeId, { update: `SET ${COUNT}`, condition: HOLDS, values: me(fence) }),
    save: (fence, { sequenceNumber, subSequenceNumber }, writeId) =>
      write('save', fence, writeId, {
        update: `SET ${COUNT}, ${CHECKPOINT} REMOVE ${PENDING}`,
        condition: WORKS,
        values: { ...me(fence), ...checkpointValues(sequenceNumber, subSequenceNumber) },
      }),
    finish: (fence, children, writeId) =>
      write('finish', fence, writeId, {
        update: `SET ${COUNT}, ${CHECKPOINT}${children.length > 0 ? ', childShardIds = :children' : ''} REMOVE ${PENDING}`,
        condition: WORKS,
        values: {
          ...me(fence),
          ...checkpointValues('SHARD_END', 0),
          ...(children.length > 0 && { ':children': { SS: [...children] } }),
        },
      }),
    release: (fence, writeId) =>
      write('release', fence, writeId, {
        update: `SET ${COUNT} REMOVE leaseOwner`,
        condition: HOLDS,
        values: me(fence),
      }),
    assign: (fence, to, writeId) =>
      write('assign', fence, writeId, {
        // Whoever writes next moves the counter on, and the mark says nothing any more.
        update: `SET ${COUNT}, leaseOwner = :to, shardlineGiven = :next ADD ownerSwitchesSinceCheckpoint :one`,
        condition: HOLDS,
        values: { ...me(fence), ':to': s(to), ':one': n(1) },
      }),
    remove: async ({ shardId, counter }) => {
      countWrite('remove');
      const values = { ':seen': n(counter), ':end': s('SHARD_END') };
      await deleteRow(client, table, shardId, { condition: 'leaseCounter = :seen AND checkpoint = :end', values });
    },
    ...workerRows(options),
  };
};

const me = (fence: Fence): Item => ({ ':me': s(fence.owner) });

const checkpointValues = (checkpoint: string, subSequenceNumber: number): Item => ({
  ':checkpoint': s(checkpoint),
  ':sub': n(subSequenceNumber),
  ':zero': n(0),
});

const takeWrite = (seen: LeaseRow, owner: string, startMs: number | undefined): Write => {
  const from = seen.checkpointOwner ?? seen.owner;
  const switches = from !== undefined && from !== owner;
  const start = seen.startMs === undefined && startMs !== undefined;
  return {
    update: `SET ${COUNT}, leaseOwner = :me${start ? ', shardlineStartMs = :start' : ''} REMOVE checkpointOwner${
      switches ? ' ADD ownerSwitchesSinceCheckpoint :one' : ''
    }`,
    condition: `leaseCounter = :seen AND ${seen.owner === undefined ? 'attribute_not_exists(leaseOwner)' : 'leaseOwner = :old'}`,
    values: {
      ':me': s(owner),
      ...(seen.owner !== undefined && { ':old': s(seen.owner) }),
      ...(start && { ':start': n(startMs) }),
      ...(switches && { ':one': n(1) }),
    },
  };
};

/** Eventually consistent, at half the price: every write that follows from it is conditional. */
const scan = async (
  { client, table, countRead }: DynamoDbLeaseStoreOptions,
  signal: AbortSignal,
): Promise<LeaseListing> => {
  const read: ReadRow[] = [];
  let from: Item | undefined;
  do {
    const command = new ScanCommand({ TableName: table, ...(from && { ExclusiveStartKey: from }) });
    countRead('scan');
    const answer = await client.send(command, { abortSignal: signal });
    read.push(...(answer.Items ?? []).map(readRow));
    from = answer.LastEvaluatedKey;
  } while (from);
  return {
    rows: read.flatMap((row) => ('lease' in row ? [row.lease] : [])),
    workers: read.flatMap((row) => ('worker' in row ? [row.worker] : [])),
    malformed: read.flatMap((row) => ('malformed' in row ? [row.malformed] : [])),
  };
};
