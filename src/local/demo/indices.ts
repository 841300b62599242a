import { askOpenSearch } from './ask-opensearch.ts';
import type { OpenSearchPlace } from './environment.ts';

/** Documents of each index, by its name. */
export type IndexCounts = ReadonlyMap<string, number>;

const INDEX_PATTERN = 'music-events-*';
/** More daily indices than a hundred years have days are none of ours. */
const MOST_INDICES = 40_000;

/** Makes everything searchable, then counts it exactly, index by index. */
export const countIndices = async (place: OpenSearchPlace): Promise<IndexCounts> => {
  await askOpenSearch(place, `${INDEX_PATTERN}/_refresh`);
  const rows = await askOpenSearch(place, `${INDEX_PATTERN}/_search?size=0&filter_path=aggregations`, {
    aggs: { indices: { terms: { field: '_index', size: MOST_INDICES, order: { _key: 'asc' } } } },
  });
  return new Map(bucketsOf(rows).map(({ key, doc_count }) => [key, doc_count]));
};

interface Answer {
  readonly aggregations?: { readonly indices?: { readonly buckets?: { key: string; doc_count: number }[] } };
}

const bucketsOf = (answer: unknown): { key: string; doc_count: number }[] =>
  (answer as Answer).aggregations?.indices?.buckets ?? [];
