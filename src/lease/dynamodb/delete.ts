import { ConditionalCheckFailedException, DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Item, s } from './rows.ts';

/** Deletes a row if it is as the condition says; one that is not, or is not there, is left as it is. */
export const deleteRow = async (
  client: DynamoDBClient,
  table: string,
  key: string,
  { condition, values }: { readonly condition: string; readonly values: Item },
): Promise<void> => {
  const command = new DeleteItemCommand({
    TableName: table,
    Key: { leaseKey: s(key) },
    ConditionExpression: condition,
    ExpressionAttributeValues: values,
  });
  await client.send(command).catch((thrown: unknown) => {
    if (!(thrown instanceof ConditionalCheckFailedException)) throw thrown;
  });
};
