import type { FleetTalk } from '../lease/coordination.ts';
import type { Sample } from '../scaling/load.ts';
import { openMeter } from '../scaling/meter.ts';
import { openOpinion, type Scaling } from '../scaling/opinion.ts';
import type { WriterStatus } from '../sink/writer-options.ts';
import { eventLoopActiveMs } from '../telemetry/event-loop.ts';
import type { Worker } from './assemble.ts';

/** How many workers the fleet should have, as this worker knows it, and its part in that opinion. */
export interface WorkerScaling {
  readonly talk: FleetTalk;
  /** Undefined while it is not known, or not any more. */
  desired(): number | undefined;
  status(): Scaling | undefined;
}

interface Troubled {
  trouble(): string | undefined;
}

/**
 * Why nothing gets through. An index that takes nothing is no reason while others do, until its documents fill the memory
 * that all share: then readers wait for it, and would with any number of workers.
 */
export const blockedBy = (
  { trouble, sick }: Pick<WriterStatus, 'trouble' | 'sick'>,
  { letterbox, archive }: { readonly letterbox: Troubled; readonly archive: Troubled | undefined },
  keptBack: boolean,
): string | undefined =>
  trouble?.why ?? letterbox.trouble() ?? archive?.trouble() ?? (keptBack ? sick[0]?.why : undefined);

const sampleOf = ({ config, progress, budget, sink, archive, totals, clock }: Worker): Sample => {
  const writer = sink.writer.status();
  const shards = progress.loads();
  const keptBack = writer.crowded || [...shards.keys()].some((shard) => budget.keepsBack(shard));
  const { indexed, duplicate, stale, dropped } = totals;
  return {
    atMs: clock.now(),
    activeMs: eventLoopActiveMs(),
    shards,
    sent: indexed + duplicate + stale + dropped + sink.resent(),
    resent: sink.resent(),
    blocked: blockedBy(writer, { letterbox: sink.letterbox, archive }, keptBack),
    keptBack,
    fullPace: writer.pace.slots >= config.opensearch.bulkInFlight,
  };
};

/** Measures the worker's load at each look at the lease table, and has it told to the others. */
export const workerScaling = (worker: Worker): WorkerScaling => {
  const { workerId, clock } = worker;
  const meter = openMeter();
  const opinion = openOpinion({ me: workerId, load: meter.load, now: clock.now });
  return {
    talk: {
      tell: opinion.tell,
      heard: (view) => {
        meter.take(clock.now(), () => sampleOf(worker));
        opinion.heard(view);
      },
    },
    desired: opinion.desired,
    status: opinion.status,
  };
};
