import type { Figures } from './report.ts';
import { untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, putEvents } from './stream.ts';
import { usageOf } from './usage.ts';
import { startWorker } from './worker.ts';

const STREAM = 'memory';
const SHARDS = 64;
const EVENTS = 500_000;
const DAYS_MS = 86_400_000;
/** More than two request time-outs: bulks are given up and sent again meanwhile. */
const WATCH_MS = 75_000;
const MEBIBYTE = 1024 ** 2;

/** How large a worker of many shards grows whose sink has stopped answering, with far more to read than its budget. */
export const memory = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => {
  const { clock, say } = stage.machine;
  await createStream(stage, STREAM, SHARDS);
  say(`putting ${EVENTS} events into ${SHARDS} shards …`);
  await putEvents(stage, STREAM, 0, EVENTS, Date.now() - DAYS_MS);
  const worker = startWorker(stage, `memory-${process.pid}`, STREAM);
  await untilAcknowledged(stage, 1, worker);
  stage.sink.signal('SIGSTOP');
  await clock.sleep(WATCH_MS);
  const { peakRssBytes, rssBytes, cpuSeconds } = usageOf(worker.child.pid);
  const metric = await worker.metrics();
  stage.sink.signal('SIGCONT');
  await worker.child.kill();
  const row = {
    'peak RSS MiB': peakRssBytes / MEBIBYTE,
    'RSS MiB': rssBytes / MEBIBYTE,
    'budget held MiB': metric('shardline_buffer_bytes') / MEBIBYTE,
    'loop lag ms': metric('shardline_loop_lag_seconds') * 1000,
    'CPU-s': cpuSeconds,
  };
  return { rows: { [`${SHARDS} shards, stopped sink`]: row } };
};
