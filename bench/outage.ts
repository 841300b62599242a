import { join } from 'node:path';
import { type OpenSearchServer, startOpenSearch } from '../src/local/opensearch.ts';
import { freePort } from '../src/local/ports.ts';
import type { Figures } from './report.ts';
import type { Stage } from './stage.ts';
import { createStream, flow } from './stream.ts';
import { usageOf } from './usage.ts';
import { assertNoLetters, type BenchWorker, startWorker } from './worker.ts';

const STREAM = 'outage';
const SHARDS = 4;
const PER_SECOND = 500;
const WARM_UP_MS = 20_000;
const AWAY_MS = 120_000;
/** Caught up: the shards lag by so much in the mean. */
const CAUGHT_UP_SECONDS = 1;
const PATIENCE_MS = 600_000;

/** What the worker has counted by now. */
const counts = async (worker: BenchWorker) => {
  const metric = await worker.metrics();
  return {
    indexed: metric('shardline_documents_indexed_total'),
    resent: metric('shardline_documents_resent_total'),
    lag: metric('shardline_lag_seconds') / SHARDS,
    slots: metric('shardline_bulk_slots'),
  };
};

const untilLag = async ({ machine: { clock } }: Stage, worker: BenchWorker): Promise<number> => {
  const begunMs = clock.now();
  for (;;) {
    const { lag } = await counts(worker);
    const passedMs = clock.now() - begunMs;
    if (lag < CAUGHT_UP_SECONDS) return passedMs / 1000;
    if (passedMs > PATIENCE_MS) throw new Error(`the shards lag by ${lag} s after ${PATIENCE_MS / 1000} s`);
    await clock.sleep(250);
  }
};

/** A real OpenSearch on this machine is killed under load, comes back after two minutes, and is caught up with. */
export const outage = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => {
  const { clock } = stage.machine;
  const place = { port: await freePort(), dataFolder: join(stage.folder, 'opensearch') };
  let server: OpenSearchServer = await startOpenSearch(stage.machine, place);
  await createStream(stage, STREAM, SHARDS);
  const over = new AbortController();
  const flowing = flow(stage, STREAM, PER_SECOND, over.signal);
  const worker = startWorker({ ...stage, sinkUrl: server.url }, `outage-${process.pid}`, STREAM);
  await clock.sleep(WARM_UP_MS);
  await untilLag(stage, worker);
  const awayMs = clock.now();
  await server.kill();
  await clock.sleep(AWAY_MS);
  server = await startOpenSearch(stage.machine, place);
  const back = { ...(await counts(worker)), seconds: (clock.now() - awayMs) / 1000 };
  const cpu = usageOf(worker.child.pid).cpuSeconds;
  const seconds = await untilLag(stage, worker);
  const now = await counts(worker);
  const usage = usageOf(worker.child.pid);
  over.abort();
  await flowing;
  await assertNoLetters(worker);
  await worker.child.stop(10_000);
  await server.kill();
  const [indexed, resent] = [now.indexed - back.indexed, now.resent - back.resent];
  const row = {
    'away s': back.seconds,
    'lag when back s': back.lag,
    'caught up after s': seconds,
    'documents/s meanwhile': indexed / seconds,
    'of the arrival rate': indexed / seconds / PER_SECOND,
    'sent again %': (100 * resent) / (indexed + resent),
    'slots at the end': now.slots,
    'CPU-s meanwhile': usage.cpuSeconds - cpu,
    'peak RSS MiB': usage.peakRssBytes / 1024 ** 2,
  };
  return { rows: { [`${PER_SECOND} events/s, OpenSearch killed`]: row } };
};
