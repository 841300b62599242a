import { Client, errors } from '@opensearch-project/opensearch';
import { describe } from '../../core/errors.ts';
import type { AnswerError } from '../verdict.ts';

export interface OpenSearchOptions {
  readonly node: string;
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  /** PEM text of the authority that signed the node's certificate. */
  readonly ca: string | undefined;
  readonly gzip: boolean;
  readonly requestTimeoutMs: number;
}

/** A client that never tries again by itself: what is sent again, and when, is the writer's decision alone. */
export const openSearchClient = (options: OpenSearchOptions): Client =>
  new Client({
    node: options.node,
    ...(options.auth ? { auth: { username: options.auth.username, password: options.auth.password } } : {}),
    ...(options.ca ? { ssl: { ca: options.ca } } : {}),
    ...(options.gzip ? { compression: 'gzip' as const } : {}),
    requestTimeout: options.requestTimeoutMs,
    maxRetries: 0,
    // Answers are only looked into by `member`, which takes no inherited key; looking for them costs as much as parsing.
    disablePrototypePoisoningProtection: true,
  });

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT';
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

const retryAfterMs = (headers: object | null | undefined): number | undefined => {
  const value = headers && 'retry-after' in headers ? Number(headers['retry-after']) : Number.NaN;
  return Number.isFinite(value) && value >= 0 ? value * 1000 : undefined;
};

/** One request, one answer. Never rejects: time-outs, resets and garbage are answers too. */
export const ask = async (client: Client, request: Request, signal: AbortSignal): Promise<Answer> => {
  if (signal.aborted) return { broken: 'stopped before the request was sent' };
  const pending = client.transport.request(request);
  // Nothing is returned: `abort()` gives a promise that rejects, and Node ends the process for a listener's rejection.
  const abort = () => {
    pending.abort();
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    const { statusCode, body, headers } = await pending;
    return { status: statusCode ?? 0, body, retryAfterMs: retryAfterMs(headers) };
  } catch (thrown) {
    if (thrown instanceof errors.ResponseError) {
      return { status: thrown.statusCode ?? 0, body: thrown.body, retryAfterMs: retryAfterMs(thrown.headers) };
    }
    const kind = thrown instanceof Error ? thrown.name : 'Error';
    return { broken: `${kind}: ${describe(thrown)}` };
  } finally {
    signal.removeEventListener('abort', abort);
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

/** The error of an answer's body or of one item, as far as it has the shape OpenSearch gives it. */
export const errorOf = (error: unknown): AnswerError => {
  if (typeof error === 'string') return { reason: error.slice(0, 500) };
  const type = text(member(error, 'type'));
  const reason = text(member(error, 'reason'));
  const cause = deepest(error);
  const causeType = text(member(cause, 'type'));
  const causeReason = text(member(cause, 'reason'));
  return {
    ...(type === undefined ? {} : { type }),
    ...(reason === undefined ? {} : { reason }),
    ...(causeReason === undefined ? {} : { caused_by: { type: causeType ?? 'unknown', reason: causeReason } }),
  };
};
