import { bytesOf, giveBack } from '../../core/lines.ts';
import type { BulkTarget } from '../target.ts';
import { readBulkAnswer, UNTOLD } from './bulk-answer.ts';
import { type Answer, ask, errorOf, member, type OpenSearchClient } from './client.ts';
import { isWritten } from './connection.ts';

export interface BulkTargetOptions {
  readonly client: OpenSearchClient;
  /** How long OpenSearch may wait for a missing primary before it answers; its default of a minute stalls a slot. */
  readonly bulkTimeoutMs: number;
}

/** Only what decides a document's fate comes back: the answer to a thousand documents stays small. */
const FILTER_PATH = [
  'error',
  'status',
  'items.*.status',
  'items.*.error.type',
  'items.*.error.reason',
  'items.*.error.caused_by',
  'items.*.error.index',
  // Tells what a pipeline dropped; a `create` that was not dropped is the only one answered with 201.
  'items.index.result',
].join(',');

/** Reads an _mget's answer: the stored digests in the order asked. Throws when it cannot be told. */
const readDigests = (answer: Answer, documents: number): readonly (string | undefined)[] => {
  if ('broken' in answer) throw new Error(answer.broken);
  const docs = member(answer.body, 'docs');
  if (!Array.isArray(docs) || docs.length !== documents)
    throw new Error(`_mget answered ${answer.status} without its documents`);
  return docs.map((doc: unknown) => {
    const error = member(doc, 'error');
    if (error !== undefined && member(error, 'type') !== 'index_not_found_exception') {
      throw new Error(`_mget: ${JSON.stringify(errorOf(error))}`);
    }
    if (member(doc, 'found') !== true) return undefined;
    const digest = member(doc, '_source', 'ingest', 'digest');
    // A document without a digest was not written by us: it never equals ours.
    return typeof digest === 'string' ? digest : '';
  });
};

/** The real sink: `_bulk`, and `_mget` for the digests of ids that exist already. */
export const openSearchTarget = ({ client, bulkTimeoutMs }: BulkTargetOptions): BulkTarget => {
  // Pipelines are the exception; where there are any, each answer tells the ids of its documents.
  let hasPipelines = false;
  return {
    async write(deliveries, signal) {
      hasPipelines ||= deliveries.some(({ special }) => special?.pipeline !== undefined);
      const querystring = {
        timeout: `${bulkTimeoutMs}ms`,
        filter_path: hasPipelines ? `${FILTER_PATH},items.*._id` : FILTER_PATH,
      };
      const bulkBody = bytesOf(deliveries);
      const answer = await ask(client, { method: 'POST', path: '/_bulk', querystring, bulkBody }, signal);
      if (isWritten(bulkBody)) giveBack(bulkBody);
      const read = readBulkAnswer(answer, deliveries);
      // The index has one of its own.
      if ('items' in read && read.items.includes(UNTOLD)) hasPipelines = true;
      return read;
    },
    async digests(places, signal) {
      // Without its routing, a document would be looked for in another shard.
      const docs = places.map(({ index, id, special }) => ({ _index: index, _id: id, routing: special?.routing }));
      const querystring = {
        _source_includes: 'ingest.digest',
        filter_path: 'docs.found,docs._id,docs.error,docs._source',
      };
      const answer = await ask(client, { method: 'POST', path: '/_mget', querystring, body: { docs } }, signal);
      return readDigests(answer, places.length);
    },
  };
};
