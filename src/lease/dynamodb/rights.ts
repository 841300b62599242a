import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { s } from './rows.ts';

/** An IAM action that leases take, and what AWS threw at it. */
export interface Refusal {
  readonly action: string;
  readonly thrown: unknown;
}

/** No row is and is not there: DynamoDB checks the right, then the condition, and writes nothing. */
const NEVER = 'attribute_exists(leaseKey) AND attribute_not_exists(leaseKey)';

/** A condition that failed and too many requests come after the right was looked at. */
const isAllowed = (thrown: unknown): boolean =>
  thrown instanceof ConditionalCheckFailedException ||
  (thrown instanceof Error && /^(?:Throttling|ProvisionedThroughputExceeded|RequestLimitExceeded)/.test(thrown.name));

/** Tries to read and to write the lease table without writing anything; the actions that are refused, or fail. */
export const tryTable = async (
  client: DynamoDBClient,
  TableName: string,
  signal: AbortSignal,
): Promise<readonly Refusal[]> => {
  const Key = { leaseKey: s('shardline-doctor') };
  const options = { abortSignal: signal };
  const write = { TableName, ConditionExpression: NEVER };
  const tries: Readonly<Record<string, () => Promise<unknown>>> = {
    'dynamodb:GetItem': () => client.send(new GetItemCommand({ TableName, Key }), options),
    'dynamodb:PutItem': () => client.send(new PutItemCommand({ ...write, Item: Key }), options),
    'dynamodb:UpdateItem': () =>
      client.send(
        new UpdateItemCommand({
          ...write,
          Key,
          UpdateExpression: 'SET entityType = :doctor',
          ExpressionAttributeValues: { ':doctor': s('DOCTOR') },
        }),
        options,
      ),
    'dynamodb:DeleteItem': () => client.send(new DeleteItemCommand({ ...write, Key }), options),
  };
  const refusals = await Promise.all(
    Object.entries(tries).map(async ([action, attempt]): Promise<Refusal | undefined> => {
      try {
        await attempt();
        return undefined;
      } catch (thrown) {
        return isAllowed(thrown) ? undefined : { action, thrown };
      }
    }),
  );
  return refusals.filter((refusal) => refusal !== undefined);
};
