import { explain } from '../verdict.ts';
import { errorOf, member, type OpenSearchClient, type Request } from './client.ts';
import { createIndex } from './create-index.ts';
import { type Told, tell } from './tell.ts';

/** Something a worker does, and why OpenSearch does not let us. */
export interface Forbidden {
  readonly what: string;
  readonly why: string;
}

/** An id that nobody has. */
const ID = 'shardline-doctor';
/** A sequence number that no document has: the write is refused as a conflict, after the rights have been looked at. */
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

const isDenial = (error: unknown): boolean => member(error, 'type') === 'security_exception';

/** Of a request, or of its only item. A refusal for another reason says nothing of rights. */
const denial = (told: Told, list: string, ...path: readonly string[]): string | undefined => {
  if ('refused' in told) return told.status === 401 || told.status === 403 ? told.refused : undefined;
  if (!('body' in told)) return undefined;
  const items = member(told.body, list);
  const error = Array.isArray(items) ? member(items[0], ...path, 'error') : undefined;
  return isDenial(error) ? explain(403, errorOf(error)) : undefined;
};

/**
 * Tries what a worker does with an index, so that nothing is changed by it: what we are not allowed. Whether an index
 * may be made is tried only where it `exists` already.
 */
export const tryRights = async (
  client: OpenSearchClient,
  index: string,
  exists: boolean,
  signal: AbortSignal,
): Promise<readonly Forbidden[]> => {
  const [read, written, made] = await Promise.all([
    tell(client, readRequest(index), signal),
    tell(client, writeRequest(index, exists), signal),
    exists ? createIndex(client, index, signal) : 'exists',
  ]);
  const making = typeof made === 'object' && /^40[13] /.test(made.failed) ? made.failed : undefined;
  const denials = {
    'read documents': denial(read, 'docs'),
    'write documents': denial(written, 'items', 'index'),
    'make indices': making,
  };
  return Object.entries(denials).flatMap(([what, why]) => (why === undefined ? [] : [{ what, why }]));
};
