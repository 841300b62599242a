import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../core/clock.ts';
import type { LeaseStore } from '../store.ts';
import { deleteRow } from './delete.ts';
import { n, s, WORKER } from './rows.ts';

interface WorkerRowsOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Clock;
  readonly countWrite: (op: 'show' | 'hide') => void;
}

/** The rows by which workers show themselves, beside the leases. */
export const workerRows = ({
  client,
  table,
  clock,
  countWrite,
}: WorkerRowsOptions): Pick<LeaseStore, 'show' | 'hide'> => ({
  show: async ({ workerId, beat, tells }) => {
    countWrite('show');
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: { leaseKey: s(workerId) },
        // The attributes of a KCL worker without metrics of its own: empty maps make its leader count throughput alone.
        UpdateExpression: `SET entityType = :worker, lut = :now, sts = :none, opr = :none, shardlineWriteId = :beat${
          tells === undefined ? ' REMOVE shardlineTells' : ', shardlineTells = :tells'
        }`,
        // Never turns a lease into something else.
        ConditionExpression: 'attribute_not_exists(leaseKey) OR entityType = :worker',
        ExpressionAttributeValues: {
          ':worker': s(WORKER),
          ':now': n(Math.floor(clock.wall().getTime() / 1_000)),
          ':none': { M: {} },
          ':beat': s(beat),
          ...(tells !== undefined && { ':tells': s(tells) }),
        },
      }),
    );
  },
  hide: async ({ workerId, beat }) => {
    countWrite('hide');
    await deleteRow(client, table, workerId, {
      condition: 'shardlineWriteId = :beat AND entityType = :worker',
      values: { ':beat': s(beat), ':worker': s(WORKER) },
    });
  },
});
