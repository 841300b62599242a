import type { LeasesStatus } from '../lease/board.ts';
import { describeStream } from '../source/kinesis/stream.ts';
import type { Worker } from './assemble.ts';
import { watchRetention } from './retention.ts';
import type { WorkerScaling } from './scaling.ts';

/** A lease table that was last read longer ago says nothing of now. */
const KNOWN_MS = 60_000;

/** Of many workers one that cannot read the table would else go on saying that nothing is unowned. */
export const knownShards = ({ counts, readAgoMs }: LeasesStatus): LeasesStatus['counts'] | undefined =>
  readAgoMs !== undefined && readAgoMs <= KNOWN_MS ? counts : undefined;

/** Gives a function that writes the gauges as they are now, before anybody reads the metrics. */
export const openGauges = (worker: Worker & { readonly scaling: WorkerScaling }, stop: AbortSignal): (() => void) => {
  const { config, metrics, board, progress, budget, scaling, kinesis, clock, random } = worker;
  const ask = async (signal: AbortSignal) => (await describeStream(kinesis, config.stream, signal)).retentionMs;
  const retention = watchRetention({ ask, clock, random }, stop);
  return () => {
    progress.publish(retention.retentionMs());
    metrics.bufferBytes(budget.heldBytes());
    metrics.leasesHeld(progress.count());
    metrics.shards(knownShards(board.status()));
    metrics.desiredWorkers(scaling.desired());
  };
};
