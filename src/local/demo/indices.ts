import { ShardlineError } from '../../core/errors.ts';
import type { OpenSearchPlace } from './environment.ts';

/** Documents of each index, by its name. */
export type IndexCounts = ReadonlyMap<string, number>;

const INDEX_PATTERN = 'music-events-*';
/** More daily indices than a hundred years have days are none of ours. */
const MOST_INDICES = 40_000;

const headersOf = ({ username, password }: OpenSearchPlace): Record<string, string> => ({
  'content-type': 'application/json',
  ...(username && { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }),
});

const ask = async (place: OpenSearchPlace, path: string, body?: object): Promise<string> => {
  const answer = await fetch(`${place.url}/${path}`, {
    method: 'POST',
    headers: headersOf(place),
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  if (answer.ok) return text;
  throw new ShardlineError(
    'SHARDLINE_LOCAL_START_FAILED',
    `OpenSearch at ${place.url} answers ${answer.status} to ${path}: ${text.slice(0, 300)}`,
  );
};

/** Makes everything searchable, then counts it exactly, index by index. */
export const countIndices = async (place: OpenSearchPlace): Promise<IndexCounts> => {
  await ask(place, `${INDEX_PATTERN}/_refresh`);
  const rows: unknown = JSON.parse(
    await ask(place, `${INDEX_PATTERN}/_search?size=0&filter_path=aggregations`, {
      aggs: { indices: { terms: { field: '_index', size: MOST_INDICES, order: { _key: 'asc' } } } },
    }),
  );
  return new Map(bucketsOf(rows).map(({ key, doc_count }) => [key, doc_count]));
};

interface Answer {
  readonly aggregations?: { readonly indices?: { readonly buckets?: { key: string; doc_count: number }[] } };
}

const bucketsOf = (answer: unknown): { key: string; doc_count: number }[] =>
  (answer as Answer).aggregations?.indices?.buckets ?? [];
