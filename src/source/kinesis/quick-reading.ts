import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { readGetRecordsAnswer } from './get-records-answer.ts';

const OPERATION = 'GetRecords';
const OK = 200;
const NOTHING = new Uint8Array();

/** The part of the client's protocol that is replaced; the SDK's type for it is a union that nobody can call. */
interface Reading {
  deserializeResponse(operation: { readonly name: string }, context: object, response: Answer): Promise<object>;
}

interface Answer {
  readonly statusCode: number;
  readonly body: Uint8Array | Readable;
}

/**
 * Lets a client read successful GetRecords answers our way. Everything else stays the SDK's: requests, credentials,
 * signing, endpoints, retries, errors, and every other operation.
 */
export const withQuickReading = (client: KinesisClient): KinesisClient => {
  const protocol = client.config.protocol as unknown as Reading;
  const bySchema = protocol.deserializeResponse.bind(protocol);
  protocol.deserializeResponse = async (operation, context, response) => {
    if (operation.name !== OPERATION || response.statusCode !== OK) return bySchema(operation, context, response);
    const { body } = response;
    const json = body instanceof Uint8Array ? Buffer.from(body).toString() : await text(body);
    const rest = await bySchema(operation, context, { ...response, body: NOTHING });
    return Object.assign(rest, readGetRecordsAnswer(json));
  };
  // It takes every answer apart for a logger that there is not.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
};
