import type { Figures } from './report.ts';
import { resetSink, untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, putEvents } from './stream.ts';
import { usageOf } from './usage.ts';
import { startWorker } from './worker.ts';

const STREAM = 'start';
const EVENTS = 4_000;
const DAYS_MS = 86_400_000;
const IDLE_STREAM = 'idle';
const CALM_MS = 10_000;
const IDLE_MS = 60_000;

/** From the process's start to its first acknowledged document: for a new application, and again after a clean stop. */
export const start = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => {
  const { clock } = stage.machine;
  await createStream(stage, STREAM, 4);
  const first = async (from: number): Promise<Figures> => {
    await putEvents(stage, STREAM, from, from + EVENTS, Date.now() - DAYS_MS);
    await resetSink(stage);
    const begunMs = clock.now();
    const worker = startWorker(stage, `start-${process.pid}`, STREAM);
    await untilAcknowledged(stage, 1, worker);
    const seconds = (clock.now() - begunMs) / 1000;
    const { cpuSeconds } = usageOf(worker.child.pid);
    await untilAcknowledged(stage, EVENTS, worker);
    await worker.child.stop(10_000);
    return { 'first document s': seconds, 'CPU-s until then': cpuSeconds };
  };
  return { rows: { 'new application': await first(0), 'after a clean stop': await first(EVENTS) } };
};

/** What a worker costs that has nothing to do: one shard, no records. */
export const idle = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => {
  const { clock } = stage.machine;
  await createStream(stage, IDLE_STREAM, 1);
  await putEvents(stage, IDLE_STREAM, 0, 1, Date.now() - DAYS_MS);
  const worker = startWorker(stage, `idle-${process.pid}`, IDLE_STREAM);
  await untilAcknowledged(stage, 1, worker);
  await clock.sleep(CALM_MS);
  const before = usageOf(worker.child.pid);
  const metricBefore = await worker.metrics();
  await clock.sleep(IDLE_MS);
  const after = usageOf(worker.child.pid);
  const metric = await worker.metrics();
  await worker.child.stop(10_000);
  const perHour = (name: string) => ((metric(name) - metricBefore(name)) * 3_600_000) / IDLE_MS;
  const row = {
    'CPU %': ((after.cpuSeconds - before.cpuSeconds) / (IDLE_MS / 1000)) * 100,
    'RSS MiB': after.rssBytes / 1024 ** 2,
    'DynamoDB reads/h': perHour('shardline_lease_reads_total'),
    'DynamoDB writes/h': perHour('shardline_lease_writes_total'),
  };
  return { rows: { 'idle, one shard': row } };
};
