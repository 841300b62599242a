import { type DemoPlaces, demoEnvironment, exportLines } from './environment.ts';
import type { Trending } from './trending.ts';
import type { Worker } from './worker.ts';

/** Double quotes fit into the single quotes of a shell. */
const curl = (url: string, query: object): string =>
  `curl -s '${url}/music-events-*/_search?pretty' -H 'content-type: application/json' -d '${JSON.stringify(query)}'`;

/** Three questions worth asking of the indices. */
export const queries = (opensearchUrl: string): string[] => [
  `curl -s '${opensearchUrl}/_cat/indices/music-events-*?v&s=index&h=index,docs.count,store.size'`,
  curl(opensearchUrl, {
    size: 0,
    query: { term: { 'analytics.is_play': true } },
    aggs: { artists: { terms: { field: 'artist.name', size: 5 } } },
  }),
  curl(opensearchUrl, { size: 1, sort: [{ '@timestamp': 'desc' }], query: { exists: { field: 'song.title' } } }),
];

/** How to see a worker's shards go to another. */
const takeover = ([first, second]: readonly Worker[]): string[] =>
  first && second
    ? [
        `Kill a worker and watch the other take its shards over (in about 10 s, on its page ${second.url}/):`,
        `  kill -9 ${first.child.pid}`,
        '',
      ]
    : [];

/** What a person can do while a demo runs. */
export const invitation = (
  workers: readonly Worker[],
  places: DemoPlaces,
  trending: Pick<Trending, 'url' | 'logFile'> | undefined,
): string[] => [
  '',
  ...workers.slice(0, 1).map(({ url }) => `Status page   ${url}/`),
  ...(trending ? [`Trending      ${trending.url}`, `Spark job     ${trending.logFile}`] : []),
  ...workers.map(({ number, logFile }) => `Worker ${number}      ${logFile}`),
  `Dead letters  ${places.letterFolder}`,
  '',
  'Ask OpenSearch:',
  ...queries(places.opensearch.url).map((query) => `  ${query}`),
  '',
  ...takeover(workers),
  'In another terminal, `shardline produce PATH` and `shardline run` join in with:',
  ...exportLines(demoEnvironment(places)).map((line) => `  ${line}`),
  '',
  'Ctrl-C stops everything.',
];
