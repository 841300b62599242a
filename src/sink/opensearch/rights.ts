import { explain } from '../verdict.ts';
import { errorOf, member, type OpenSearchClient, type Request } from './client.ts';
import { createIndex } from './create-index.ts';
import { type Told, tell } from './tell.ts';

/** What of a worker's doing with an index works, as far as it can be tried without changing anything. */
export interface Tried {
  /** Whether the index is there. */
  readonly exists: boolean;
  /** What does not work, and what OpenSearch says of it. */
  readonly forbidden: readonly { readonly what: string; readonly why: string }[];
}

/** An id that nobody has. */
const ID = 'shardline-doctor';
/** A sequence number that no document has: the write is refused as a conflict, after rights and blocks. */
const NO_WRITE = { if_seq_no: 2 ** 40, if_primary_term: 1 };

export const readRequest = (index: string): Request => ({
  method: 'POST',
  path: '/_mget',
  querystring: { filter_path: 'docs.found,docs.error' },
  body: { docs: [{ _index: index, _id: ID }] },
});

/** Only an index that is there is named plainly: another one would be made by it. */
export const writeRequest = (index: string, exists: boolean): Request => ({
  method: 'POST',
  path: '/_bulk',
  querystring: exists ? {} : { require_alias: 'true' },
  bulkBody: Buffer.from(`${JSON.stringify({ index: { _index: index, _id: ID, ...NO_WRITE } })}\n{}\n`),
});

/** A refusal for another reason, such as the conflict that was meant to be, says nothing. */
const DENIALS: ReadonlySet<unknown> = new Set([
  'security_exception',
  'cluster_block_exception',
  'index_closed_exception',
]);

const itemError = (told: Told, list: string, ...path: readonly string[]): unknown => {
  const items = 'body' in told ? member(told.body, list) : undefined;
  return Array.isArray(items) ? member(items[0], ...path, 'error') : undefined;
};

/** Of a request as a whole, or of its only item. */
const denial = (told: Told, error: unknown): string | undefined => {
  if ('refused' in told) return told.status === 403 ? told.refused : undefined;
  return DENIALS.has(member(error, 'type')) ? explain(403, errorOf(error)) : undefined;
};

/** Tries to read and to write a document and, where the index is there, to make it; an answer that failed is given back. */
export const tryRights = async (
  client: OpenSearchClient,
  index: string,
  signal: AbortSignal,
): Promise<Tried | Exclude<Told, { readonly body: unknown }>> => {
  const read = await tell(client, readRequest(index), signal);
  if ('silent' in read || ('refused' in read && read.status !== 403)) return read;
  const readError = itemError(read, 'docs');
  const exists = 'body' in read && readError === undefined;
  const [written, made] = await Promise.all([
    tell(client, writeRequest(index, exists), signal),
    exists ? createIndex(client, index, signal) : 'exists',
  ]);
  const denials = {
    'read documents': denial(read, readError),
    'write documents': denial(written, itemError(written, 'items', 'index')),
    'make indices': typeof made === 'object' && made.failed.startsWith('403 ') ? made.failed : undefined,
  };
  const forbidden = Object.entries(denials).flatMap(([what, why]) => (why === undefined ? [] : [{ what, why }]));
  return { exists, forbidden };
};
