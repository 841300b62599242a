import { contentDigest } from '../content-digest.ts';
import { DIGEST_ALPHABET, ListingPlan, type Window } from '../listing-plan.ts';
import { explain } from '../verdict.ts';
import { type Answer, ask, errorOf, member, type OpenSearchClient, type Request } from './client.ts';

/** A document as its index holds it, with what `ingest` says of where it comes from. */
export interface StoredDocument {
  readonly index: string;
  readonly id: string;
  readonly digest: string | undefined;
  readonly stream: string | undefined;
  readonly shard: string | undefined;
  readonly sequenceNumber: string | undefined;
  readonly arrivedMs: number | undefined;
}

/** Asks until there is an answer, or gives up and rejects. */
export type Insist = (request: Request) => Promise<Extract<Answer, { status: number }>>;

/** How many documents are asked for at once: by what they say of themselves, or as a whole. */
const PAGE = { marks: 5_000, contents: 500 };
const FIELDS = ['stream', 'shard', 'sequence_number', 'arrived_at', 'digest'].map((name) => `ingest.${name}`);
const SEARCH_FILTER = 'error,status,timed_out,_shards,hits.total,hits.hits._index,hits.hits._id,hits.hits._source';

/** An index that is not there holds nothing; that of events outside the window is made by the first of them. */
const WHERE_THERE = { ignore_unavailable: 'true', allow_no_indices: 'true' };

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

type Compared = 'marks' | 'contents';

const storedIn = (hit: unknown, compared: Compared): StoredDocument => {
  const ingest = member(hit, '_source', 'ingest');
  const arrivedMs = Date.parse(text(member(ingest, 'arrived_at')) ?? '');
  return {
    index: text(member(hit, '_index')) ?? '',
    id: text(member(hit, '_id')) ?? '',
    digest: compared === 'contents' ? contentDigest(member(hit, '_source')) : text(member(ingest, 'digest')),
    stream: text(member(ingest, 'stream')),
    shard: text(member(ingest, 'shard')),
    sequenceNumber: text(member(ingest, 'sequence_number')),
    arrivedMs: Number.isNaN(arrivedMs) ? undefined : arrivedMs,
  };
};

/** One answer of a search: its documents, and how many there are in all. Throws for one that leaves anything out. */
const readHits = (
  { body }: { readonly body: unknown },
  compared: Compared,
): { total: number; documents: readonly StoredDocument[] } => {
  const failed = member(body, '_shards', 'failed');
  const total = member(body, 'hits', 'total', 'value');
  if (failed !== 0 || member(body, 'timed_out') !== false || typeof total !== 'number')
    throw new Error('the answer leaves out shards that could not be searched');
  const hits = member(body, 'hits', 'hits');
  return { total, documents: Array.isArray(hits) ? hits.map((hit: unknown) => storedIn(hit, compared)) : [] };
};

export interface StoredDocumentsOptions {
  readonly insist: Insist;
  /** Names and wildcards of the indices to search. */
  readonly indices: readonly string[];
  /** What a document's digest is: the one that it carries, or one of its contents as they are. */
  readonly compared: Compared;
}

/** What the indices hold, as an audit asks for it. Everything rejects when it cannot be told for certain. */
export interface StoredDocuments {
  /** Makes searches see what was written until now. False: it is not allowed, or there is no such request. */
  refresh(): Promise<boolean>;
  /** Documents whose record arrived within the range, a page at a time. */
  arrived(range: { readonly fromMs: number; readonly toMs: number }): AsyncGenerator<readonly StoredDocument[]>;
  /** Documents of these indices that do not say when they arrived; at most a page of them, and how many there are. */
  unmarked(indices: readonly string[]): Promise<{ total: number; documents: readonly StoredDocument[] }>;
  /** What stands under these ids now. */
  lookUp(
    documents: readonly { readonly index: string; readonly id: string }[],
  ): Promise<readonly (StoredDocument | 'no-index' | undefined)[]>;
}

const prefix = (digestPrefix: string): object => ({ prefix: { 'ingest.digest': digestPrefix } });

const within = ({ fromMs, toMs, digestPrefix, others }: Window): object => ({
  bool: {
    filter: [
      { range: { 'ingest.arrived_at': { gte: fromMs, lt: toMs, format: 'epoch_millis' } } },
      ...(digestPrefix === '' ? [] : [prefix(digestPrefix)]),
    ],
    must_not: others ? [...DIGEST_ALPHABET].map((character) => prefix(`${digestPrefix}${character}`)) : [],
  },
});

/** Reads what stands in indices: searches by arrival, in windows that each fit into one answer, and looks ids up. */
export const storedDocuments = ({ insist, indices, compared }: StoredDocumentsOptions): StoredDocuments => {
  const page = PAGE[compared];
  const path = `/${indices.map(encodeURIComponent).join(',')}`;
  const search = async (query: object) => {
    const request: Request = {
      method: 'POST',
      path: `${path}/_search`,
      querystring: { ...WHERE_THERE, filter_path: SEARCH_FILTER },
      body: { size: page, track_total_hits: true, sort: ['_doc'], _source: compared === 'contents' || FIELDS, query },
    };
    return readHits(await insist(request), compared);
  };
  return {
    async refresh() {
      const { status } = await insist({ method: 'POST', path: `${path}/_refresh`, querystring: WHERE_THERE });
      return status === 200;
    },
    async *arrived(range) {
      const plan = new ListingPlan(range, page);
      for (let window = plan.next(); window; window = plan.next()) {
        const { total, documents } = await search(within(window));
        if (plan.answered(window, total)) yield documents;
      }
    },
    unmarked: (names) =>
      search({
        bool: {
          filter: [{ terms: { _index: names } }],
          must_not: [{ exists: { field: 'ingest.arrived_at' } }],
        },
      }),
    async lookUp(documents) {
      const docs = documents.map(({ index, id }) => ({ _index: index, _id: id }));
      const { body } = await insist({
        method: 'POST',
        path: '/_mget',
        querystring: compared === 'contents' ? {} : { _source_includes: FIELDS.join(',') },
        body: { docs },
      });
      const answers = member(body, 'docs');
      if (!Array.isArray(answers) || answers.length !== docs.length) throw new Error('_mget left out documents');
      return answers.map((answer: unknown) => lookedUp(answer, compared));
    },
  };
};

const lookedUp = (answer: unknown, compared: Compared): StoredDocument | 'no-index' | undefined => {
  const error = member(answer, 'error');
  if (error === undefined) return member(answer, 'found') === true ? storedIn(answer, compared) : undefined;
  const { type, reason } = errorOf(error);
  if (type === 'index_not_found_exception') return 'no-index';
  throw new Error(`${text(member(answer, '_index'))}: ${reason ?? type}`);
};

/** Statuses that pass by themselves. */
const passes = (status: number): boolean => status === 429 || status === 408 || status === 402 || status >= 500;

export interface InsistOptions {
  readonly client: OpenSearchClient;
  readonly signal: AbortSignal;
  /** Waits before the next of so many attempts, told why the last one failed; false: give up. */
  readonly pause: (attempt: number, why: string) => Promise<boolean>;
}

/**
 * Asks again while there is no answer or one that passes by itself. Refusals (4xx) are answers only where the request
 * may be refused; rejects for the others.
 */
export const insisting =
  ({ client, signal, pause }: InsistOptions): Insist =>
  async (request) => {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await ask(client, request, signal);
      const isAnswer = 'status' in answer && !passes(answer.status);
      if (isAnswer && (answer.status === 200 || request.path.endsWith('/_refresh'))) return answer;
      const why =
        'broken' in answer
          ? answer.broken
          : explain(answer.status, errorOf(member(answer.body, 'error') ?? answer.body));
      if (isAnswer || signal.aborted || !(await pause(attempt, why))) throw new Error(`${request.path}: ${why}`);
    }
  };
