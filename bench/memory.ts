import type { Figures } from './report.ts';
import { resetSink, untilAcknowledged } from './sink.ts';
import type { Stage } from './stage.ts';
import { createStream, putEvents } from './stream.ts';
import { usageOf } from './usage.ts';
import { startWorker, workerConfig } from './worker.ts';

const STREAM = 'memory';
const SHARDS = 64;
/** Several times what fits into the budget. */
const EVENTS = 1_000_000;
/** So many go through before the sink stops: the worker is at full speed, its shards are all begun. */
const BEFORE = 100_000;
const DAYS_MS = 86_400_000;
/** More than two request time-outs: bulks are given up and sent again meanwhile. */
const TIMEOUTS = 2.5;
const MEBIBYTE = 1024 ** 2;
/** What a worker may use beside its budget. */
const ALLOWED_BYTES = 160 * MEBIBYTE;

/** How large a worker of many shards grows whose sink has stopped answering, with far more to read than its budget. */
export const memory = async (stage: Stage): Promise<{ rows: Record<string, Figures> }> => {
  const { clock, say } = stage.machine;
  const { memory: limits, opensearch } = workerConfig(stage);
  await createStream(stage, STREAM, SHARDS);
  say(`putting ${EVENTS} events into ${SHARDS} shards …`);
  await putEvents(stage, STREAM, 0, EVENTS, Date.now() - DAYS_MS);
  await resetSink(stage);
  const worker = startWorker(stage, `memory-${process.pid}`, STREAM);
  await untilAcknowledged(stage, BEFORE, worker);
  stage.sink.signal('SIGSTOP');
  await clock.sleep(opensearch.requestTimeoutMs * TIMEOUTS);
  const metric = await worker.metrics();
  const held = (await worker.holds()).length;
  const { peakRssBytes, rssBytes, cpuSeconds } = usageOf(worker.child.pid);
  stage.sink.signal('SIGCONT');
  await worker.child.kill();
  if (held !== SHARDS) throw new Error(`the worker holds ${held} of ${SHARDS} shards; see ${worker.logFile}`);
  const row = {
    'budget MiB': limits.budgetBytes / MEBIBYTE,
    'held of it MiB': metric('shardline_buffer_bytes') / MEBIBYTE,
    'peak RSS MiB': peakRssBytes / MEBIBYTE,
    'RSS MiB': rssBytes / MEBIBYTE,
    'peak beyond budget MiB': (peakRssBytes - limits.budgetBytes) / MEBIBYTE,
    'allowed beyond MiB': ALLOWED_BYTES / MEBIBYTE,
    'heap used MiB': metric('nodejs_heap_size_used_bytes') / MEBIBYTE,
    'heap MiB': metric('nodejs_heap_size_total_bytes') / MEBIBYTE,
    'buffers MiB': metric('nodejs_external_memory_bytes') / MEBIBYTE,
    'longest loop lag ms': metric('shardline_loop_lag_seconds') * 1000,
    'CPU-s': cpuSeconds,
  };
  return { rows: { [`${SHARDS} shards, stopped sink`]: row } };
};
