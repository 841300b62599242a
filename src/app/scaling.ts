import type { FleetTalk } from '../lease/coordination.ts';
import type { Sample } from '../scaling/load.ts';
import { openMeter } from '../scaling/meter.ts';
import { openOpinion, type Scaling } from '../scaling/opinion.ts';
import { eventLoopActiveMs } from '../telemetry/event-loop.ts';
import type { Worker } from './assemble.ts';

/** How many workers the fleet should have, as this worker knows it, and its part in that opinion. */
export interface WorkerScaling {
  readonly talk: FleetTalk;
  status(): Scaling | undefined;
}

const sampleOf = ({ config, progress, budget, sink, archive, totals, clock }: Worker): Sample => {
  const { pace, crowded } = sink.writer.status();
  const shards = progress.loads();
  const { indexed, duplicate, stale, dropped } = totals;
  return {
    atMs: clock.now(),
    activeMs: eventLoopActiveMs(),
    shards,
    sent: indexed + duplicate + stale + dropped + sink.resent(),
    resent: sink.resent(),
    blocked: sink.writer.trouble()?.why ?? sink.letterbox.trouble() ?? archive?.trouble(),
    keptBack: crowded || [...shards.keys()].some((shard) => budget.keepsBack(shard)),
    fullPace: pace.slots >= config.opensearch.bulkInFlight,
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
    status: opinion.status,
  };
};
