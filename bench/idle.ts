import type { Figures } from './report.ts';
import { untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, putEvents } from './stream.ts';
import { usageOf } from './usage.ts';
import { startWorker } from './worker.ts';

const STREAM = 'idle';
const DAYS_MS = 86_400_000;
/** Until the start is forgotten, and a shard counts as quiet: a minute after its last record. */
const CALM_MS = 75_000;
const IDLE_MS = 60_000;

/** What a worker costs that has nothing to do: one shard, no records. */
export const idle = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => {
  const { clock } = stage.machine;
  await createStream(stage, STREAM, 1);
  await putEvents(stage, STREAM, 0, 1, Date.now() - DAYS_MS);
  const worker = startWorker(stage, `${STREAM}-${process.pid}`, STREAM);
  await untilAcknowledged(stage, 1, worker);
  await clock.sleep(CALM_MS);
  const before = usageOf(worker.child.pid);
  const begunMs = clock.now();
  await clock.sleep(IDLE_MS);
  const after = usageOf(worker.child.pid);
  const seconds = (clock.now() - begunMs) / 1000;
  await worker.child.stop(10_000);
  const row = {
    'CPU %': ((after.cpuSeconds - before.cpuSeconds) / seconds) * 100,
    'allowed CPU %': 1,
    'RSS MiB': after.rssBytes / 1024 ** 2,
    'allowed RSS MiB': 120,
    'peak RSS MiB': after.peakRssBytes / 1024 ** 2,
  };
  return { rows: { 'idle, one shard': row } };
};
