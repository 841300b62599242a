import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './call.ts';
import { KinesisError } from './kinesis-error.ts';

/** Room for the largest PutRecords request there is, in base64 and with what surrounds it. */
const MAX_BODY_BYTES = 16 * 1_048_576;
const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** A request's body; refuses one that is larger than any operation allows. */
export const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES)
      throw new KinesisError('SerializationException', `the request is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};

/** JSON of a request's body; an empty one is an empty object. */
export const jsonOf = (body: string): unknown => {
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw new KinesisError('SerializationException', 'the request is no JSON');
  }
};

const bytesOf = (answer: Answer): Buffer => {
  if (answer === undefined) return Buffer.alloc(0);
  return Buffer.isBuffer(answer) ? answer : Buffer.from(JSON.stringify(answer));
};

export const sendAnswer = (response: ServerResponse, answer: Answer): void => {
  const body = bytesOf(answer);
  response.writeHead(200, {
    'content-type': CONTENT_TYPE,
    'content-length': body.length,
    'x-amzn-requestid': randomUUID(),
  });
  response.end(body);
};

/** Sends an error in the shape of AWS's JSON protocol. */
export const sendError = (response: ServerResponse, error: KinesisError): void => {
  const body = Buffer.from(JSON.stringify({ __type: error.type, message: error.message }));
  response.writeHead(error.status, {
    'content-type': CONTENT_TYPE,
    'content-length': body.length,
    'x-amzn-errortype': error.type,
    'x-amzn-requestid': randomUUID(),
  });
  response.end(body);
};
