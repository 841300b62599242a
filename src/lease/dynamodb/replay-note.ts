import {
  ConditionalCheckFailedException,
  DeleteTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  ResourceNotFoundException,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { type Item, n, s } from './rows.ts';

/** What all processes of a replay know of it, in a row of its lease table beside the leases. */
export interface ReplayNote {
  /** What is replayed into what, as JSON text. */
  readonly terms: string;
  /** Dead letters that were written, or about to be: one written again counts again. */
  readonly letters: number;
  /** Shards of which records were trimmed before they were read. */
  readonly lost: readonly string[];
  /** Whether every shard was read to the end of the range, and what became of it is indexed or a letter. */
  readonly done: boolean;
}

/** The note of a replay in its own lease table. Every call rejects with the SDK's error when DynamoDB cannot be asked. */
export interface ReplayNotes {
  /** Undefined: the replay has not begun, or its table is gone. */
  read(): Promise<ReplayNote | undefined>;
  /** Writes the note where there is none yet; the table must exist. */
  begin(terms: string): Promise<void>;
  addLetters(count: number): Promise<void>;
  addLost(shardId: string): Promise<void>;
  /** Where another process has deleted the table, it was done before. */
  markDone(): Promise<void>;
  /** Deletes the whole table; one that is gone is gone. */
  deleteTable(): Promise<void>;
}

/** No shard and no worker is named so. Readers of leases pass over rows of an entity type they do not know. */
const KEY = { leaseKey: s('shardline-replay') };
const ENTITY = 'SHARDLINE_REPLAY';

const unlessGone = (thrown: unknown): undefined => {
  if (!(thrown instanceof ResourceNotFoundException)) throw thrown;
  return undefined;
};

export const replayNotes = (client: DynamoDBClient, table: string): ReplayNotes => {
  const update = async (expression: string, values: Item): Promise<void> => {
    await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key: KEY,
        UpdateExpression: expression,
        // A table that was deleted and made anew is another replay.
        ConditionExpression: 'attribute_exists(leaseKey)',
        ExpressionAttributeValues: values,
      }),
    );
  };
  return {
    read: async () => {
      const command = new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true });
      const item = (await client.send(command).catch(unlessGone))?.Item;
      return (
        item && {
          terms: item.terms?.S ?? '',
          letters: Number(item.letters?.N ?? 0),
          lost: item.lostShards?.SS ?? [],
          done: item.done?.BOOL ?? false,
        }
      );
    },
    begin: async (terms) => {
      const item = { ...KEY, entityType: s(ENTITY), terms: s(terms), letters: n(0) };
      const command = new PutItemCommand({
        TableName: table,
        Item: item,
        ConditionExpression: 'attribute_not_exists(leaseKey)',
      });
      await client.send(command).catch((thrown: unknown) => {
        if (!(thrown instanceof ConditionalCheckFailedException)) throw thrown;
      });
    },
    addLetters: (count) => update('ADD letters :count', { ':count': n(count) }),
    addLost: (shardId) => update('ADD lostShards :shard', { ':shard': { SS: [shardId] } }),
    markDone: () => update('SET done = :yes', { ':yes': { BOOL: true } }).catch(unlessGone),
    deleteTable: async () => {
      await client.send(new DeleteTableCommand({ TableName: table })).catch(unlessGone);
    },
  };
};
