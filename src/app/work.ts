import type { Work } from '../core/lease.ts';
import type { Budget } from '../core/page.ts';
import type { Position } from '../core/position.ts';
import type { Source } from '../core/source.ts';
import type { TimeRange } from '../core/time-range.ts';
import { shardWork } from '../pipeline/shard.ts';
import type { ReadObserver } from '../source/kinesis/observer.ts';
import type { PacePolicy } from '../source/kinesis/pace.ts';
import { kinesisPolling } from '../source/kinesis/polling.ts';
import type { Worker } from './assemble.ts';
import { documentStages } from './stages.ts';
import type { Stopping } from './stopping.ts';

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
  readonly observe: Pick<ReadObserver, 'behind' | 'lost'> & {
    /** A shard is read from there on. */
    readonly begin: (shardId: string, from: Position) => void;
  };
}

/** Tells of each reading where it begins. */
const beginning = (source: Source, begin: Bounds['observe']['begin']): Source => ({
  read(shard, from, signal) {
    begin(shard.id, from);
    return source.read(shard, from, signal);
  },
});

/** Composes what is done on each held lease. */
export const buildWork = (worker: Worker, phase: Stopping, bounds?: Bounds): Work => {
  const { config, stream, transform, sink, archive, budget, board, kinesis, progress, totals, clock, random, log } =
    worker;
  const stages = documentStages({ config, transform, stream, clock });
  const source = kinesisPolling({
    client: kinesis,
    stream: config.stream,
    budget: heldBudget(budget, board.expire),
    clock,
    random,
    log,
    observe: {
      read(shardId, records, bytes) {
        totals.read += records;
        progress.read(shardId, records, bytes);
      },
      behind(shardId, behindMs) {
        progress.behind(shardId, behindMs);
        bounds?.observe.behind(shardId, behindMs);
      },
      throttled() {},
      failed: progress.failed,
      // The reader has said it in the log.
      lost: (shardId, position) => bounds?.observe.lost(shardId, position),
    },
    ...(bounds && { range: bounds.range, pace: bounds.pace }),
  });
  return shardWork({
    source: bounds ? beginning(source, bounds.observe.begin) : source,
    stages: {
      stream,
      ...stages,
      transform: (messages, start) => {
        const transformed = stages.transform(messages, start);
        sink.transformed(transformed.length);
        return transformed;
      },
      submit: (deliveries) => sink.writer.submit(deliveries),
      post: sink.post,
      room: (signal) => sink.writer.room(signal),
      crowded: () => budget.heldBytes() > config.memory.budgetBytes,
      clock,
    },
    archive: archive?.take,
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
