import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ShardlineError } from '../../core/errors.ts';
import type { Machine } from '../machine.ts';
import { type SparkPlace, startJob } from '../spark/job.ts';
import { type Chart, chartNow, countPlays, type PlayCounts, TRENDING_WINDOWS } from './chart.ts';
import { awsEnvironment, cleanEnvironment, type DemoPlaces, type OpenSearchPlace } from './environment.ts';
import { workerFailure } from './worker.ts';

/** Shows what is asked of it on a page of its own, until it is closed. */
export type ServeChart = (
  chart: () => Promise<Chart | undefined>,
) => Promise<{ readonly url: string; close(): Promise<void> }>;

/** The Spark job `trending` of a demo, on the same stream, into the same OpenSearch. */
export interface Trending {
  /** The page that shows what is played most. */
  readonly url: string;
  readonly logFile: string;
  /** Tells when the job ends by itself; its end is none of the demo's. */
  watch(tell: (line: string) => void): void;
  /** Resolves when every play that is indexed is counted; rejects when that comes to a standstill. */
  untilCounted(onCounts: (counts: PlayCounts) => void, signal: AbortSignal): Promise<PlayCounts>;
  /** Nothing of it is kept: it is killed. */
  stop(): Promise<void>;
}

/** The demo's events come by days at once, in any order: a watermark near the latest of them would leave most out. */
const lateness = (anyAge: boolean): Record<string, string> =>
  anyAge ? { WATERMARK: '36500d', EVENT_WINDOW_PAST: 'unlimited' } : { WATERMARK: '4d' };

const parameters = (places: DemoPlaces, folder: string): Record<string, string> => {
  const { url, username, password } = places.opensearch;
  return {
    APPLICATION: 'shardline-demo',
    SOURCE: 'kinesis',
    KINESIS_STREAM: places.stream,
    KINESIS_ENDPOINT: places.kinesisUrl,
    CHECKPOINT_PATH: join(folder, 'checkpoint'),
    DEAD_LETTER_PATH: join(folder, 'dead-letters'),
    TRIGGER: '2s',
    SHUFFLE_PARTITIONS: '2',
    WINDOWS: TRENDING_WINDOWS,
    OPENSEARCH_NODE: url,
    ...lateness(places.anyAge),
    ...(username && { OPENSEARCH_AUTH: 'basic', OPENSEARCH_USERNAME: username, OPENSEARCH_PASSWORD: password }),
  };
};

const LOOK_EVERY_MS = 1_000;
/** On a machine that is busy with other things, Spark takes minutes to its first result. One that has ended is seen at once. */
const STALLED_MS = 600_000;

/** Starts the job and its page. */
export const startTrending = async (
  machine: Machine,
  spark: SparkPlace,
  parts: { readonly places: DemoPlaces; readonly folder: string },
  serve: ServeChart,
): Promise<Trending> => {
  const { opensearch } = parts.places;
  const folder = join(parts.folder, 'trending');
  mkdirSync(folder);
  const logFile = join(parts.folder, 'trending.log');
  const page = await serve(() => chartNow(opensearch, machine.clock.wall().getTime()));
  machine.say('starting the Spark job trending …');
  const child = startJob(machine, spark, {
    job: 'trending',
    parameters: parameters(parts.places, folder),
    env: { ...cleanEnvironment(machine.env), ...awsEnvironment(parts.places) },
    folder,
    logFile,
  });
  let stopping = false;
  return {
    url: page.url,
    logFile,
    watch: (tell) => {
      void child.ended.then((ending) => {
        if (!stopping) tell(`the Spark job trending has ended (${ending}); its log: ${logFile}`);
      });
    },
    untilCounted: async (onCounts, signal) => {
      let last = -1;
      let movedMs = machine.clock.now();
      for (;;) {
        const counts = await countPlays(opensearch);
        onCounts(counts);
        if (counts.counted >= counts.indexed || signal.aborted) return counts;
        if (!child.alive()) throw workerFailure(`the Spark job trending ended (${await child.ended})`, logFile);
        if (counts.counted !== last) movedMs = machine.clock.now();
        else if (machine.clock.now() - movedMs > STALLED_MS)
          throw workerFailure(
            `trending has counted ${counts.counted} of ${counts.indexed} plays, and nothing has moved for ${STALLED_MS / 60_000} min`,
            logFile,
          );
        last = counts.counted;
        await machine.clock.sleep(LOOK_EVERY_MS, signal);
      }
    },
    stop: async () => {
      stopping = true;
      await Promise.all([child.kill(), page.close()]);
    },
  };
};

/** Counts can be compared only where nothing of an earlier run is counted. */
export const refuseEarlierRuns = async (opensearch: OpenSearchPlace): Promise<void> => {
  const { counted, indexed } = await countPlays(opensearch);
  if (counted + indexed === 0) return;
  throw new ShardlineError(
    'SHARDLINE_USAGE',
    `--once --with-spark compares what Spark counts with what is indexed, but ${opensearch.url} holds music-events-* or music-trending-* of an earlier run: delete them, or leave out --once or --with-spark`,
  );
};
