import type { TestProject } from 'vitest/node';
import { startDynamoDb } from '../../src/local/dynamodb.ts';
import { startOpenSearch } from '../../src/local/opensearch.ts';
import { testMachine } from './machine.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A real OpenSearch, shared by the whole run: use index names of your own. */
    opensearchUrl: string;
    /** DynamoDB Local, shared by the whole run: use table names of your own. Any credentials do. */
    dynamodbUrl: string;
  }
}

/** Starts the real parts once for a whole run; tests read their addresses with vitest's `inject`. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const machine = testMachine();
  const starting = [startOpenSearch(machine), startDynamoDb(machine)] as const;
  const stop = async () => {
    const started = await Promise.allSettled(starting);
    await Promise.all(started.map((part) => (part.status === 'fulfilled' ? part.value.stop() : undefined)));
  };
  try {
    const [opensearch, dynamodb] = await Promise.all(starting);
    project.provide('opensearchUrl', opensearch.url);
    project.provide('dynamodbUrl', dynamodb.url);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
};
