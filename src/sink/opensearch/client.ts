import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { ResponseError } from '@opensearch-project/opensearch/lib/errors.js';
import { describe, withoutRequest } from '../../core/errors.ts';
import type { AnswerError } from '../verdict.ts';
import { type Connection, type ConnectionOptions, openConnection, withSecrets } from './connection.ts';
import { anonymous, type SignIn } from './sign-in.ts';

const zipped = promisify(gzip);
/**
 * A megabyte of bulk lines costs 3 ms of processor time at this level and becomes an eighth; at zlib's usual one, 9 ms for
 * a tenth (docs/performance.md).
 */
const compressed = (bytes: Buffer): Promise<Buffer> => zipped(bytes, { level: constants.Z_BEST_SPEED });
/** Less than this fits into a packet or two anyway, bytes. */
const LEAST_COMPRESSED = 1_400;

export interface OpenSearchOptions extends ConnectionOptions {
  readonly signIn?: SignIn | undefined;
  readonly gzip: boolean;
}

export interface OpenSearchClient {
  readonly node: URL;
  readonly connection: Connection;
  readonly signIn: SignIn;
  readonly gzip: boolean;
  close(): Promise<void>;
}

export const openSearchClient = (options: OpenSearchOptions): OpenSearchClient => {
  const connection = openConnection(options);
  const signIn = options.signIn ?? anonymous(false);
  return { node: new URL(options.node), connection, signIn, gzip: options.gzip, close: () => connection.close() };
};

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly querystring?: Record<string, string>;
  readonly body?: object;
  /** Newline-delimited JSON in UTF-8, sent as it is. */
  readonly bulkBody?: Buffer;
}

/** Either an answer with its status, whatever it is, or why there was none. */
export type Answer =
  | { readonly status: number; readonly body: unknown; readonly retryAfterMs: number | undefined }
  | { readonly broken: string };

const STOPPED: Answer = { broken: 'stopped before the request was sent' };

/** Seconds, or a date: compared with the answer's own, so that it does not matter what our clock says (RFC 9110, 10.2.3). */
const retryAfterMs = (headers: object | null | undefined): number | undefined => {
  const value = headers && 'retry-after' in headers ? String(headers['retry-after']) : '';
  if (value.trim() === '') return undefined;
  const date = headers && 'date' in headers ? Date.parse(String(headers.date)) : Number.NaN;
  const ms = Number.isNaN(Number(value)) ? Date.parse(value) - date : Number(value) * 1000;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
};

/** The request's body as it goes over the wire: the signature covers these very bytes. */
const encode = async (client: OpenSearchClient, { body, bulkBody }: Request) => {
  const plain = bulkBody ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
  if (plain === undefined) return { bytes: undefined, headers: {} };
  const type = { 'content-type': bulkBody ? 'application/x-ndjson' : 'application/json' };
  if (!client.gzip || plain.length < LEAST_COMPRESSED) return { bytes: plain, headers: type };
  return { bytes: await compressed(plain), headers: { ...type, 'content-encoding': 'gzip' } };
};

/** The request made ready: to be sent by `begin`, once. Rejects when it cannot be signed now. */
const prepare = async (client: OpenSearchClient, request: Request) => {
  const { method, path, querystring = {} } = request;
  const { bytes, headers } = await encode(client, request);
  const url = new URL(client.node.pathname.replace(/\/$/, '') + path, client.node);
  const secrets = await client.signIn.headers({ method, url, query: querystring, headers, body: bytes });
  const { transport } = await client.connection.carrier();
  const sent = withSecrets({ method, path, querystring, ...(bytes ? { body: bytes } : {}) }, secrets);
  return { begin: () => transport.request(sent, { headers }) };
};

/** One request, one answer. Never rejects: time-outs, resets, garbage and missing credentials are answers too. */
export const ask = async (client: OpenSearchClient, request: Request, signal: AbortSignal): Promise<Answer> => {
  if (signal.aborted) return STOPPED;
  let stop = () => {};
  try {
    const { begin } = await prepare(client, request);
    if (signal.aborted) return STOPPED;
    const pending = begin();
    // Nothing is returned: `abort()` gives a promise that rejects, and Node ends the process for a listener's rejection.
    stop = () => {
      pending.abort();
    };
    signal.addEventListener('abort', stop, { once: true });
    const { statusCode, body, headers } = await pending;
    return { status: statusCode ?? 0, body, retryAfterMs: retryAfterMs(headers) };
  } catch (thrown) {
    if (thrown instanceof ResponseError) {
      const status = thrown.statusCode ?? 0;
      if (status === 401 || status === 403) client.signIn.refused();
      return { status, body: thrown.body, retryAfterMs: retryAfterMs(thrown.headers) };
    }
    const kind = thrown instanceof Error ? thrown.name : 'Error';
    return { broken: `${kind}: ${describe(thrown)}` };
  } finally {
    signal.removeEventListener('abort', stop);
  }
};

/** A member of something parsed from JSON, undefined where there is none. */
export const member = (value: unknown, ...path: readonly string[]): unknown => {
  let at: unknown = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : undefined;
  }
  return at;
};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The last of an error's chain of causes: the one that names what a person must mend. */
const deepest = (error: unknown): unknown => {
  let cause = member(error, 'caused_by');
  for (let depth = 0; depth < 10; depth += 1) {
    const next = member(cause, 'caused_by');
    if (next === undefined) break;
    cause = next;
  }
  return cause;
};

/** The error of an answer's body or of one item, as far as it has the shape that OpenSearch or AWS's front gives it. */
export const errorOf = (error: unknown): AnswerError => {
  if (typeof error === 'string') return { reason: error.slice(0, 500) };
  const type = text(member(error, 'type'));
  const message = text(member(error, 'message')) ?? text(member(error, 'Message'));
  const reason = text(member(error, 'reason')) ?? (message && withoutRequest(message).slice(0, 500));
  const index = text(member(error, 'index'));
  const cause = deepest(error);
  const causeType = text(member(cause, 'type'));
  const causeReason = text(member(cause, 'reason'));
  return {
    ...(type === undefined ? {} : { type }),
    ...(reason === undefined ? {} : { reason }),
    ...(index === undefined ? {} : { index }),
    ...(causeReason === undefined ? {} : { caused_by: { type: causeType ?? 'unknown', reason: causeReason } }),
  };
};
