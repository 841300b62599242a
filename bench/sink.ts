import type { Stage } from './stage.ts';
import type { BenchWorker } from './worker.ts';

/** What the sink has counted. */
export interface SinkCounts {
  readonly documents: number;
  readonly requests: number;
  /** Arrival to acknowledgement, milliseconds; only while watching. */
  readonly latencies: readonly number[];
  /** When requests that brought something new of a shard were acknowledged, epoch milliseconds; only while watching. */
  readonly shards: Readonly<Record<string, readonly number[]>>;
}

export const resetSink = async ({ sinkUrl }: Stage, watch = false): Promise<void> => {
  await (await fetch(`${sinkUrl}/_sink/reset${watch ? '?watch=1' : ''}`, { method: 'POST' })).text();
};

export const sinkCounts = async ({ sinkUrl }: Stage): Promise<SinkCounts> =>
  (await (await fetch(`${sinkUrl}/_sink/counts`)).json()) as SinkCounts;

/** Resolves once so many documents are acknowledged; rejects when the worker that should send them ends. */
export const untilAcknowledged = async ({ sinkUrl }: Stage, documents: number, worker: BenchWorker): Promise<void> => {
  const over = new AbortController();
  const told = fetch(`${sinkUrl}/_sink/until?documents=${documents}`, { signal: over.signal });
  const ended = worker.child.ended.then((ending) => ({ ending }));
  const first = await Promise.race([told, ended]);
  if ('ending' in first) {
    told.catch(() => undefined);
    over.abort();
    throw new Error(`the worker ended early (${first.ending}); see ${worker.logFile}`);
  }
  await first.text();
};
