import { type Figures, quantile } from './report.ts';
import { resetSink, sinkCounts, untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, flow } from './stream.ts';
import { usageOf } from './usage.ts';
import { assertNoLetters, startWorker } from './worker.ts';

const STREAM = 'latency';
const SHARDS = 4;
const PER_SECOND = 500;
const WARM_UP_MS = 5_000;
const MEASURE_MS = 30_000;

/** From a record's arrival on the stream to its bulk's acknowledgement, at a rate that any worker keeps up with. */
export const latency = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => {
  const { clock } = stage.machine;
  await createStream(stage, STREAM, SHARDS);
  const over = new AbortController();
  const flowing = flow(stage, STREAM, PER_SECOND, over.signal);
  const worker = startWorker(stage, `latency-${process.pid}`, STREAM);
  await untilAcknowledged(stage, 1, worker);
  await clock.sleep(WARM_UP_MS);
  await resetSink(stage, true);
  const before = usageOf(worker.child.pid);
  await clock.sleep(MEASURE_MS);
  const after = usageOf(worker.child.pid);
  const { latencies } = await sinkCounts(stage);
  over.abort();
  await flowing;
  await assertNoLetters(worker);
  await worker.child.stop(10_000);
  const row = {
    documents: latencies.length,
    'p50 ms': quantile(latencies, 0.5),
    'p95 ms': quantile(latencies, 0.95),
    'p99 ms': quantile(latencies, 0.99),
    'most ms': quantile(latencies, 1),
    'CPU %': ((after.cpuSeconds - before.cpuSeconds) / (MEASURE_MS / 1000)) * 100,
    'RSS MiB': after.rssBytes / 1024 ** 2,
  };
  return { rows: { [`${PER_SECOND} events/s, ${SHARDS} shards`]: row } };
};
