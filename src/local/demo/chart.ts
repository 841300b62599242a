import { askOpenSearch } from './ask-opensearch.ts';
import type { OpenSearchPlace } from './environment.ts';

const INDICES = 'music-trending-*';
const HOUR_MS = 3_600_000;
const SLIDE_MS = HOUR_MS / 4;
/** Of the windows that hold an instant, the first has the most of its hour behind it. */
const EARLIER_MS = HOUR_MS - SLIDE_MS;
const MOST_ROWS = 10;
const DIMENSIONS = ['artist', 'song', 'country'] as const;

/** What the demo has `trending` count: the hour for the chart, the days for the sum, for no two of them overlap. */
export const TRENDING_WINDOWS = '1h/15m,1d/1d';

/** Somebody or something that was played. */
export interface ChartRow {
  readonly label: string;
  readonly plays: number;
  readonly listeners: number;
  /** Absent where there are skips only. */
  readonly skip_rate?: number;
}

/** What is played most in one hour. */
export interface Chart {
  readonly fromMs: number;
  readonly toMs: number;
  readonly tops: readonly { readonly dimension: (typeof DIMENSIONS)[number]; readonly rows: readonly ChartRow[] }[];
}

interface LatestAnswer {
  readonly aggregations?: { readonly latest: { readonly value: number | null } };
}

interface TopsAnswer {
  readonly aggregations?: Readonly<Record<string, { readonly top: { readonly hits: { readonly hits: Hit[] } } }>>;
}

interface Hit {
  readonly _source: ChartRow;
}

const search = (place: OpenSearchPlace, body: object) =>
  askOpenSearch(place, `${INDICES}/_search?filter_path=aggregations`, { size: 0, ...body });

const filtered = (...filter: readonly object[]) => ({ bool: { filter } });
const OF_AN_HOUR = { term: { 'window.length': '1h' } };

/** The start of the hour that the latest event is in and that began first; events dated after now do not count. */
const hourOfLatest = async (place: OpenSearchPlace, nowMs: number): Promise<number | undefined> => {
  const { aggregations } = (await search(place, {
    query: filtered(OF_AN_HOUR, { range: { 'window.start': { lte: nowMs, format: 'epoch_millis' } } }),
    aggs: { latest: { max: { field: 'window.start' } } },
  })) as LatestAnswer;
  const value = aggregations?.latest.value ?? undefined;
  return value === undefined ? undefined : value - EARLIER_MS;
};

/** The chart as it stands now; undefined while nothing is counted. */
export const chartNow = async (place: OpenSearchPlace, nowMs: number): Promise<Chart | undefined> => {
  const fromMs = await hourOfLatest(place, nowMs);
  if (fromMs === undefined) return undefined;
  const top = {
    top_hits: {
      size: MOST_ROWS,
      sort: [{ plays: 'desc' }, { key: 'asc' }],
      _source: ['label', 'plays', 'listeners', 'skip_rate'],
    },
  };
  const { aggregations } = (await search(place, {
    query: filtered(OF_AN_HOUR, { term: { 'window.start': new Date(fromMs).toISOString() } }),
    aggs: Object.fromEntries(
      DIMENSIONS.map((dimension) => [dimension, { filter: { term: { dimension } }, aggs: { top } }]),
    ),
  })) as TopsAnswer;
  const tops = DIMENSIONS.map((dimension) => ({
    dimension,
    rows: (aggregations?.[dimension]?.top.hits.hits ?? []).map(({ _source }) => _source),
  }));
  return { fromMs, toMs: fromMs + HOUR_MS, tops };
};

/** Plays with an artist, as the Spark job has counted them and as they stand in the service's indices. */
export interface PlayCounts {
  readonly counted: number;
  readonly artists: number;
  readonly indexed: number;
}

interface CountedAnswer {
  readonly aggregations?: { readonly plays: { readonly value: number }; readonly artists: { readonly value: number } };
}

interface IndexedAnswer {
  readonly hits: { readonly total: { readonly value: number } };
}

const ARTISTS_AT_MOST = 40_000;

/** Makes everything searchable, then counts it exactly. */
export const countPlays = async (place: OpenSearchPlace): Promise<PlayCounts> => {
  await askOpenSearch(place, `${INDICES},music-events-*/_refresh`);
  const { aggregations } = (await search(place, {
    query: filtered(
      { term: { 'window.length': '1d' } },
      { term: { dimension: 'artist' } },
      { range: { plays: { gt: 0 } } },
    ),
    aggs: {
      plays: { sum: { field: 'plays' } },
      artists: { cardinality: { field: 'key', precision_threshold: ARTISTS_AT_MOST } },
    },
  })) as CountedAnswer;
  const named = ['artist.id', 'artist.name'].map((field) => ({ exists: { field } }));
  const { hits } = (await askOpenSearch(place, 'music-events-*/_search?filter_path=hits.total', {
    size: 0,
    track_total_hits: true,
    query: filtered({ term: { 'analytics.is_play': true } }, { bool: { should: named, minimum_should_match: 1 } }),
  })) as IndexedAnswer;
  return {
    counted: aggregations?.plays.value ?? 0,
    artists: aggregations?.artists.value ?? 0,
    indexed: hits.total.value,
  };
};
