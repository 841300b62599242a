import type { Config } from '../config/tree.ts';
import type { ShardStatus, SinkStatus, Status } from '../http/status.ts';
import type { LeaseBoard, LeaseStatus } from '../lease/board.ts';
import type { WorkerBudget } from '../pipeline/budget.ts';
import type { Scaling } from '../scaling/opinion.ts';
import type { WorkerArchive } from './archive.ts';
import type { Progress } from './progress.ts';
import type { SinkSide, Totals } from './sink.ts';

/** Where the status page's facts come from. */
export interface StatusParts {
  readonly config: Config;
  readonly workerId: string;
  readonly version: string;
  readonly startedAt: Date;
  readonly totals: Totals;
  readonly board: LeaseBoard;
  readonly progress: Progress;
  readonly budget: WorkerBudget;
  readonly sink: SinkSide;
  readonly archive: WorkerArchive | undefined;
  readonly scaling: Scaling | undefined;
  readonly isStopping: () => boolean;
}

/** The first thing that a shard waits for, in the order in which a person would mend it. */
const waitsFor = (lease: LeaseStatus, { sink, archive, budget }: StatusParts): string | undefined => {
  if (lease.problem) return lease.problem;
  if (lease.state === 'waiting') return 'its parent shards, which are not read to their end yet';
  if (!lease.held) return undefined;
  const trouble = sink.writer.trouble();
  if (trouble) return `OpenSearch since ${trouble.since.toISOString()}: ${trouble.why}`;
  const letters = sink.letterbox.trouble();
  if (letters) return letters;
  const unarchived = archive?.trouble();
  if (unarchived) return unarchived;
  const { retrying } = sink.writer.status();
  if (retrying) return `OpenSearch, for single documents: ${retrying}`;
  return budget.keepsBack(lease.shard) ? 'room in the memory budget' : undefined;
};

const shardStatus = (lease: LeaseStatus, parts: StatusParts): ShardStatus => {
  const progress = lease.held ? parts.progress.of(lease.shard) : undefined;
  return {
    shard: lease.shard,
    owner: lease.owner,
    state: lease.state,
    checkpoint: lease.checkpoint,
    lagSeconds: progress?.lagSeconds,
    checkpointAgeSeconds: progress?.checkpointAgeSeconds,
    oldestOwedAgeSeconds: progress?.oldestOwedAgeSeconds,
    lastError: progress?.lastError ?? lease.problem,
    waitsFor: waitsFor(lease, parts),
  };
};

const sinkStatus = ({ sink, config }: StatusParts): SinkStatus => {
  const { inFlight, pace, sick } = sink.writer.status();
  return {
    requestsInFlight: inFlight,
    slots: pace.slots,
    mostSlots: config.opensearch.bulkInFlight,
    requestBytes: pace.bytes,
    requestDocuments: pace.documents,
    learntLimitBytes: pace.learntBytes,
    lastChange: pace.why,
    sickIndices: sick.map(({ why, since }) => ({ why, since: since.toISOString() })),
  };
};

/** What this worker says of itself. */
export const statusOf = (parts: StatusParts): Status => ({
  application: parts.config.application,
  stream: parts.config.stream,
  worker: parts.workerId,
  version: parts.version,
  state: parts.isStopping() ? 'stopping' : 'running',
  startedAt: parts.startedAt.toISOString(),
  totals: {
    'records read': parts.totals.read,
    'documents indexed': parts.totals.indexed,
    duplicates: parts.totals.duplicate,
    stale: parts.totals.stale,
    'dropped by pipelines': parts.totals.dropped,
    'dead letters': parts.totals.deadLettered,
    'bulk requests in flight': parts.sink.writer.status().inFlight,
    'bytes in hand': parts.budget.heldBytes(),
  },
  scaling: parts.scaling && {
    desiredWorkers: parts.scaling.desired,
    workers: parts.scaling.workers,
    why: parts.scaling.why,
    decidedBy: parts.scaling.decidedBy,
  },
  sink: sinkStatus(parts),
  shards: parts.board
    .status()
    .leases.map((lease) => shardStatus(lease, parts))
    .sort((a, b) => (a.shard < b.shard ? -1 : 1)),
});
