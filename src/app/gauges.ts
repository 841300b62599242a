import { describeStream } from '../source/kinesis/stream.ts';
import type { Worker } from './assemble.ts';
import { watchRetention } from './retention.ts';
import type { WorkerScaling } from './scaling.ts';

/** Gives a function that writes the gauges as they are now, before anybody reads the metrics. */
export const openGauges = (worker: Worker & { readonly scaling: WorkerScaling }, stop: AbortSignal): (() => void) => {
  const { config, metrics, board, progress, budget, scaling, kinesis, clock, random } = worker;
  const ask = async (signal: AbortSignal) => (await describeStream(kinesis, config.stream, signal)).retentionMs;
  const retention = watchRetention({ ask, clock, random }, stop);
  return () => {
    progress.publish(retention.retentionMs());
    metrics.bufferBytes(budget.heldBytes());
    metrics.leasesHeld(progress.count());
    metrics.shards(board.status().counts);
    metrics.desiredWorkers(scaling.status()?.desired);
  };
};
