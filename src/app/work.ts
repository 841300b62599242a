import type { Work } from '../core/lease.ts';
import type { Budget } from '../core/page.ts';
import type { TimeRange } from '../core/time-range.ts';
import { decoder } from '../decode/decoder.ts';
import { shardWork } from '../pipeline/shard.ts';
import { indexNamer } from '../sink/index-pattern.ts';
import { prepare } from '../sink/prepare.ts';
import type { PacePolicy } from '../source/kinesis/pace.ts';
import { kinesisPolling } from '../source/kinesis/polling.ts';
import { transformStage } from '../transform/stage.ts';
import type { Worker } from './assemble.ts';
import type { Stopping } from './stopping.ts';

/** A transform may block the event loop for at most this share of the failover: leases are renewed in time. */
const TRANSFORM_SHARE = 0.25;
/** How long one slice of a page may keep the event loop from everything else, milliseconds. */
const SLICE_MS = 20;

/** Room is asked for before each read: a lease that expired unnoticed, in a pause of the process, gets none. */
const heldBudget = (budget: Budget, expire: () => void): Budget => ({
  share: budget.share,
  reserve: async (shardId, bytes, signal) => {
    const charge = await budget.reserve(shardId, bytes, signal);
    expire();
    if (!signal.aborted) return charge;
    charge?.release();
    return undefined;
  },
});

/** How a worker reads that does not read all of the stream to its tip. */
export interface Bounds {
  readonly range: TimeRange;
  readonly pace: PacePolicy;
  /** Records of a shard were trimmed before they were read. */
  readonly onLost: (shardId: string) => void;
}

/** Composes what is done on each held lease. */
export const buildWork = (worker: Worker, phase: Stopping, bounds?: Bounds): Work => {
  const { config, stream, transform, sink, budget, board, kinesis, progress, totals, metrics, clock, random, log } =
    worker;
  const decode = decoder({
    mode: config.decode,
    limitBytes: config.decodeLimitBytes,
    maxMessages: config.documentsPerRecord,
  });
  const stage = transformStage({
    transform,
    limitMs: config.leases.failoverMs * TRANSFORM_SHARE,
    sliceMs: SLICE_MS,
    maxDocuments: config.documentsPerRecord,
    clock,
  });
  const { pastMs, futureMs, outside } = config.indexWindow;
  const source = kinesisPolling({
    client: kinesis,
    stream: config.stream,
    budget: heldBudget(budget, board.expire),
    clock,
    random,
    log,
    observe: {
      read(shardId, records) {
        totals.read += records;
        metrics.recordsRead(shardId, records);
      },
      behind: progress.behind,
      throttled() {},
      failed: progress.failed,
      // The reader has said it in the log.
      lost: (shardId) => bounds?.onLost(shardId),
    },
    ...(bounds && { range: bounds.range, pace: bounds.pace }),
  });
  return shardWork({
    source,
    stages: {
      stream,
      decode,
      transform: (messages, start) => {
        const transformed = stage.run(messages, start);
        sink.transformed(transformed.length);
        return transformed;
      },
      prepare: prepare({ stream, indexName: indexNamer(config.index), pastMs, futureMs, outside: outside.index }),
      submit: (deliveries) => sink.writer.submit(deliveries),
      post: sink.post,
      room: (signal) => sink.writer.room(signal),
      crowded: () => budget.heldBytes() > config.memory.budgetBytes,
      clock,
    },
    expectMore: () => sink.writer.expectMore(),
    checkpointIntervalMs: config.checkpoint.intervalMs,
    drainDeadline: phase.drainDeadline,
    observe: {
      saved() {},
      failed: (shardId) => progress.failed(shardId, 'the checkpoint could not be saved'),
      running: progress.running,
    },
    clock,
    random,
    log,
  });
};
