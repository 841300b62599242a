import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../core/clock.ts';
import { ShardlineError } from '../../core/errors.ts';

interface TableOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Clock;
  readonly countRead: (op: 'describe') => void;
}

const POLL_MS = 1_000;

/** Makes the lease table if there is none, billed on demand, and waits until it can be used or the signal aborts. */
export const prepareTable = async (
  { client, table, clock, countRead }: TableOptions,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    countRead('describe');
    const found = await describeTable(client, table, signal);
    if (!found) await createTable(client, table, signal);
    // A table that is being updated serves reads and writes all the same.
    else if (found.TableStatus === 'ACTIVE' || found.TableStatus === 'UPDATING') return checkKey(found, table);
    await clock.sleep(found ? POLL_MS : POLL_MS / 4, signal);
  }
};

/** Undefined where there is no such table. */
export const describeTable = async (
  client: DynamoDBClient,
  table: string,
  signal: AbortSignal,
): Promise<TableDescription | undefined> => {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: table }), { abortSignal: signal })).Table;
  } catch (thrown) {
    if (thrown instanceof ResourceNotFoundException) return undefined;
    throw thrown;
  }
};

const createTable = async (client: DynamoDBClient, table: string, signal: AbortSignal): Promise<void> => {
  const command = new CreateTableCommand({
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'leaseKey', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'leaseKey', KeyType: 'HASH' }],
  });
  try {
    await client.send(command, { abortSignal: signal });
  } catch (thrown) {
    // Another worker was faster.
    if (!(thrown instanceof ResourceInUseException)) throw thrown;
  }
};

/** Throws SHARDLINE_LEASE_TABLE_UNUSABLE for a table that is another thing. */
export const checkKey = (found: TableDescription, table: string): void => {
  const key = (found.KeySchema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} (${KeyType})`).join(', ');
  const type = found.AttributeDefinitions?.find(({ AttributeName }) => AttributeName === 'leaseKey')?.AttributeType;
  if (key === 'leaseKey (HASH)' && type === 'S') return;
  throw new ShardlineError(
    'SHARDLINE_LEASE_TABLE_UNUSABLE',
    `the DynamoDB table ${table} is no lease table: its key is ${key}, expected leaseKey (HASH) of type S; choose another application name or remove the table`,
  );
};
