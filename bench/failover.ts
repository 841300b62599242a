import type { Figures } from './report.ts';
import { resetSink, sinkCounts, untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, flow } from './stream.ts';
import { startWorker } from './worker.ts';

const SHARDS = 4;
const PER_SECOND = 500;
/** Long enough for two workers to share the shards, and for another to take them over. */
const SETTLE_MS = 40_000;
const WATCH_MS = 30_000;

/** The longest silences of each shard from `sinceMs` on, seconds; one that lasts until now counts as well. */
const gaps = (shards: Readonly<Record<string, readonly number[]>>, sinceMs: number, nowMs: number): number[] =>
  Object.values(shards).map((times) => {
    const from = times.findLastIndex((ms) => ms <= sinceMs);
    const heard = [...times.slice(Math.max(0, from)), nowMs];
    return Math.max(...heard.slice(1).map((ms, i) => ms - (heard[i] ?? ms))) / 1000;
  });

const endOne = async (stage: Stage, signal: 'SIGTERM' | 'SIGKILL'): Promise<Figures> => {
  const { clock } = stage.machine;
  const stream = `failover-${signal}`;
  await createStream(stage, stream, SHARDS);
  await resetSink(stage);
  const over = new AbortController();
  const flowing = flow(stage, stream, PER_SECOND, over.signal);
  const application = `${stream}-${process.pid}`;
  const worker = startWorker(stage, application, stream);
  const workers = [worker, startWorker(stage, application, stream)];
  await untilAcknowledged(stage, 1, worker);
  await clock.sleep(SETTLE_MS);
  await resetSink(stage, true);
  await clock.sleep(2_000);
  // The one with the most shards: where they are not shared, the other has none to lose.
  const held = await Promise.all(workers.map(async ({ metrics }) => (await metrics())('shardline_leases_held')));
  const most = held[0] !== undefined && held[0] >= (held[1] ?? 0) ? workers[0] : workers[1];
  const atMs = Date.now();
  most?.child.signal(signal);
  await clock.sleep(WATCH_MS);
  const { shards } = await sinkCounts(stage);
  over.abort();
  await flowing;
  await Promise.all(workers.map(({ child }) => child.stop(10_000)));
  const seconds = gaps(shards, atMs, Date.now());
  return {
    'shards held': Math.max(...held),
    'longest gap s': Math.max(...seconds),
    'shortest gap s': Math.min(...seconds),
  };
};

/** How long a shard stays silent when the worker that holds it is told to stop, and when it is killed. */
export const failover = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => ({
  rows: { SIGTERM: await endOne(stage, 'SIGTERM'), 'kill -9': await endOne(stage, 'SIGKILL') },
});
