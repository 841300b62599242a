import { isAscii } from 'node:buffer';
import type { Readable } from 'node:stream';
import type { GetRecordsCommandOutput, KinesisClient } from '@aws-sdk/client-kinesis';
import { type GetRecordsAnswer, readGetRecordsAnswer } from './get-records-answer.ts';
import type { PackedRecords } from './records.ts';

const OPERATION = 'GetRecords';
const OK = 200;
const NOTHING = new Uint8Array();

/** The part of the client's protocol that is replaced; the SDK's type for it is a union that nobody can call. */
interface Reading {
  deserializeResponse(operation: { readonly name: string }, context: object, response: Answer): Promise<object>;
}

interface Answer {
  readonly statusCode: number;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array | Readable;
}

/** Where the pieces of an answer are put together: memory that was used before costs nothing to get. */
let scratch = Buffer.allocUnsafeSlow(65_536);
/** A page is hardly ever larger as it comes over the wire; one that is must not cost its memory for ever. */
const LARGEST_SCRATCH_BYTES = 2 * 1_048_576;

const joined = (pieces: readonly Uint8Array[]): Buffer => {
  let bytes = 0;
  for (const { length } of pieces) bytes += length;
  if (bytes > LARGEST_SCRATCH_BYTES) return Buffer.concat(pieces, bytes);
  if (bytes > scratch.length) scratch = Buffer.allocUnsafeSlow(Math.min(LARGEST_SCRATCH_BYTES, 2 * bytes));
  let at = 0;
  for (const piece of pieces) {
    scratch.set(piece, at);
    at += piece.length;
  }
  return scratch.subarray(0, bytes);
};

/**
 * The text of an answer's body. Where it is ASCII, as answers are, and as large as those of a shard that is behind, Node
 * keeps it in one piece outside the heap; put together of decoded pieces, it would be copied within the heap and grow old there.
 */
const textOf = async (body: Uint8Array | Readable): Promise<string> => {
  const pieces: Uint8Array[] = [];
  if (body instanceof Uint8Array) pieces.push(body);
  else for await (const piece of body) pieces.push(piece);
  const bytes = joined(pieces);
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
};

const quick = new WeakSet<KinesisClient>();

/**
 * Lets a client read successful GetRecords answers our way: they have no `Records`, only what `packedIn` finds.
 * Everything else stays the SDK's: requests, credentials, signing, endpoints, retries, errors, and every other operation.
 */
export const withQuickReading = (client: KinesisClient): KinesisClient => {
  if (quick.has(client)) return client;
  quick.add(client);
  const protocol = client.config.protocol as unknown as Reading;
  const bySchema = protocol.deserializeResponse.bind(protocol);
  protocol.deserializeResponse = async (operation, context, response) => {
    if (operation.name !== OPERATION || response.statusCode !== OK) return bySchema(operation, context, response);
    const json = await textOf(response.body);
    const rest = await bySchema(operation, context, { ...response, body: NOTHING });
    return Object.assign(rest, readGetRecordsAnswer(json), { date: response.headers.date });
  };
  // It takes every answer apart for a logger that there is not.
  client.middlewareStack.remove('loggerMiddleware');
  return client;
};

/** What such a client's answers have beside the SDK's own members. */
type Read = GetRecordsCommandOutput & Partial<GetRecordsAnswer> & { readonly date?: string | undefined };

/** When Kinesis answered by its own clock, to the second below, epoch milliseconds; undefined where it does not say. */
export const answeredMsOf = ({ date }: Read): number | undefined => {
  const ms = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(ms) ? undefined : ms;
};

/** The records of an answer that such a client has read. */
export const packedIn = ({ packed }: Read): PackedRecords => {
  if (!packed) throw new Error('a GetRecords answer was read by a client that is not ours');
  return packed;
};
