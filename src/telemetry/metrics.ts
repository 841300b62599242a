import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { REASONS } from '../core/reasons.ts';
import type { Reading } from './emf.ts';
import { readingOf } from './reading.ts';

/** Shards of the stream by what is being done about them. */
export interface ShardCounts {
  readonly owned: number;
  readonly unowned: number;
  readonly waiting: number;
  readonly finished: number;
}

/** Where everything that happens is counted: one small function per event, wired to the rooms by the app. */
export interface Metrics {
  recordsRead(shard: string, count: number): void;
  indexed(count: number): void;
  duplicate(count: number): void;
  stale(count: number): void;
  dropped(count: number): void;
  deadLetter(reason: string, count: number): void;
  lag(shard: string, seconds: number): void;
  checkpointAge(shard: string, seconds: number): void;
  retentionRemaining(shard: string, seconds: number): void;
  bulk(outcome: string, seconds: number): void;
  bulksInFlight(count: number): void;
  /** So many requests may be under way, each of so many bytes. */
  bulkPace(slots: number, bytes: number): void;
  /** Documents that go again. */
  resent(count: number): void;
  sickIndices(count: number): void;
  /** Records made durable in the archive. */
  archived(count: number): void;
  /** The time from arrival to acknowledgement of a document. */
  deliveryLatency(seconds: number): void;
  bufferBytes(bytes: number): void;
  /** What `bufferBytes` is bounded by. */
  memoryBudget(bytes: number): void;
  leasesHeld(count: number): void;
  leaseEvent(event: string): void;
  leaseWrite(op: string): void;
  leaseRead(op: string): void;
  /** Undefined: not known, and the series are absent. */
  shards(counts: ShardCounts | undefined): void;
  /** How many workers the fleet should have; undefined: nobody has an opinion yet, and the series is absent. */
  desiredWorkers(count: number | undefined): void;
  /** Takes a shard's series away once its lease is gone. */
  forgetShard(shard: string): void;
  /** Every series as it is now; what is measured since the last scrape is left to the scrapes. */
  reading(): Promise<Reading>;
  /** The exposition for Prometheus. */
  text(): Promise<string>;
  readonly contentType: string;
  /** Stops measuring the event loop. */
  close(): void;
}

const BULK_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const DELIVERY_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 21_600, 86_400];
const LOOP_RESOLUTION_MS = 20;

/** The longest the event loop was held up since the last scrape, beyond the sampling interval itself. */
const measureLoop = (registry: Registry): { close(): void } => {
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  delay.enable();
  new Gauge({
    name: 'shardline_loop_lag_seconds',
    help: 'Longest hold-up of the event loop since the last scrape',
    registers: [registry],
    collect() {
      this.set(Math.max(0, delay.max / 1e9 - LOOP_RESOLUTION_MS / 1000));
      delay.reset();
    },
  });
  return { close: () => delay.disable() };
};

/** The makers of a registry's metrics, every name with its prefix. */
const makersOf = (registry: Registry) => {
  const registers = [registry];
  return {
    counter: <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Counter({ name: `shardline_${name}`, help, labelNames, registers }),
    gauge: <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []) =>
      new Gauge({ name: `shardline_${name}`, help, labelNames, registers }),
    histogram: (name: string, help: string, buckets: number[]) =>
      new Histogram({ name: `shardline_${name}`, help, buckets, registers }),
  };
};

/** Metrics of shards: labelled with stream and shard, gone with the shard's lease. */
const shardMetrics = (registry: Registry, stream: string) => {
  const { counter, gauge } = makersOf(registry);
  const labels = ['stream', 'shard'] as const;
  const read = counter('records_read_total', 'Records read from the stream', labels);
  const lag = gauge('lag_seconds', 'The larger of the age of the oldest record owed and MillisBehindLatest', labels);
  const age = gauge('checkpoint_age_seconds', 'Time since progress was last saved, or there was none to save', labels);
  const remaining = gauge('retention_remaining_seconds', 'Time until records not delivered are trimmed', labels);
  return {
    recordsRead: (shard: string, count: number) => read.inc({ stream, shard }, count),
    lag: (shard: string, seconds: number) => lag.set({ stream, shard }, seconds),
    checkpointAge: (shard: string, seconds: number) => age.set({ stream, shard }, seconds),
    retentionRemaining: (shard: string, seconds: number) => remaining.set({ stream, shard }, seconds),
    forgetShard: (shard: string) => {
      for (const metric of [read, lag, age, remaining]) metric.remove({ stream, shard });
    },
  };
};

const deliveryMetrics = (registry: Registry) => {
  const { counter, gauge, histogram } = makersOf(registry);
  const indexed = counter('documents_indexed_total', 'Documents that OpenSearch acknowledged as new');
  const duplicates = counter('documents_duplicate_total', 'Documents that were there already with the same digest');
  const stale = counter('documents_stale_total', 'Documents of which a newer version was there already');
  const dropped = counter('documents_dropped_total', 'Documents that an ingest pipeline dropped');
  const letters = counter('dead_letters_total', 'Dead letters made durable', ['reason']);
  // From 0 on, or the first letter of a reason would be no increase to Prometheus.
  for (const reason of REASONS) letters.inc({ reason }, 0);
  const archived = counter('archived_records_total', 'Records made durable in the archive');
  const bulks = counter('bulk_requests_total', 'Bulk requests answered or failed', ['outcome']);
  const seconds = histogram('bulk_duration_seconds', 'Duration of bulk requests', BULK_SECONDS);
  const inFlight = gauge('bulk_requests_in_flight', 'Bulk requests under way');
  const slots = gauge('bulk_slots', 'Bulk requests that may be under way at once');
  const limit = gauge('bulk_request_limit_bytes', 'How large a bulk request may be');
  const resent = counter('documents_resent_total', 'Documents that were sent, not taken, and go again');
  const sick = gauge('sick_indices', 'Indices that take no documents');
  const latency = histogram(
    'delivery_latency_seconds',
    "From a record's arrival to its bulk's answer",
    DELIVERY_SECONDS,
  );
  const buffer = gauge('buffer_bytes', 'Bytes charged to the memory budget');
  const budget = gauge('memory_budget_bytes', 'The memory budget of the configuration');
  return {
    indexed: (count: number) => indexed.inc(count),
    duplicate: (count: number) => duplicates.inc(count),
    stale: (count: number) => stale.inc(count),
    dropped: (count: number) => dropped.inc(count),
    deadLetter: (reason: string, count: number) => letters.inc({ reason }, count),
    archived: (count: number) => archived.inc(count),
    bulk: (outcome: string, took: number) => {
      bulks.inc({ outcome });
      seconds.observe(took);
    },
    bulksInFlight: (count: number) => inFlight.set(count),
    bulkPace: (count: number, bytes: number) => {
      slots.set(count);
      limit.set(bytes);
    },
    resent: (count: number) => resent.inc(count),
    sickIndices: (count: number) => sick.set(count),
    deliveryLatency: (took: number) => latency.observe(took),
    bufferBytes: (bytes: number) => buffer.set(bytes),
    memoryBudget: (bytes: number) => budget.set(bytes),
  };
};

const leaseMetrics = (registry: Registry) => {
  const { counter, gauge } = makersOf(registry);
  const held = gauge('leases_held', 'Leases this worker holds');
  const events = counter('lease_events_total', 'What happened to leases', ['event']);
  const writes = counter('lease_writes_total', 'Writes to the lease table', ['op']);
  const reads = counter('lease_reads_total', 'Read requests to the lease table', ['op']);
  const shards = gauge('shards', "Shards of the stream by their leases' state", ['state']);
  const desired = gauge('desired_workers', 'The number of workers that the whole fleet should have');
  desired.remove();
  return {
    leasesHeld: (count: number) => held.set(count),
    leaseEvent: (event: string) => events.inc({ event }),
    leaseWrite: (op: string) => writes.inc({ op }),
    leaseRead: (op: string) => reads.inc({ op }),
    desiredWorkers: (count: number | undefined) => (count === undefined ? desired.remove() : desired.set(count)),
    shards: (counts: ShardCounts | undefined) => {
      shards.reset();
      for (const [state, count] of Object.entries(counts ?? {})) shards.set({ state }, count);
    },
  };
};

/** A registry of its own with Shardline's metrics and those of the Node process. */
export const createMetrics = ({ stream, version }: { readonly stream: string; readonly version: string }): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const loop = measureLoop(registry);
  const build = makersOf(registry).gauge('build_info', 'Always 1; the labels tell the versions', ['version', 'node']);
  build.set({ version, node: process.version }, 1);
  return {
    ...shardMetrics(registry, stream),
    ...deliveryMetrics(registry),
    ...leaseMetrics(registry),
    reading: () => readingOf(registry),
    text: () => registry.metrics(),
    contentType: registry.contentType,
    close: loop.close,
  };
};
