/** What was measured of Shardline: docs/performance.md says how, and on what machine. */
export const MEASURED = {
  cpuSecondsPerMillion: 21.7,
  /** Of such an event as a bulk line; the events of the bench are of about this size. */
  eventBytes: 520,
  /** Share of a core that an idle worker takes; the larger of the two that were seen. */
  idleCores: 0.037,
  peakMiB: 284,
  leaseWritesPerShardHour: 722,
  leaseScansPerWorkerHour: 3_659,
  /** Of the managed variant's function, for a MB of usual records (docs/managed.md). */
  lambdaCpuSecondsPerMb: 0.06,
} as const;

/** What was not measured. Each is an input of the estimate. */
export const ASSUMED = {
  /** The busiest minutes beside the mean of the day. */
  peak: 3,
  /** How full a worker's processor may be at the peak, so that it also catches up. */
  busy: 0.6,
  /** No fewer: one may be lost or replaced at any time. */
  workers: 2,
  zones: 2,
  /** Interface endpoints: Kinesis, KMS, logs, SQS, and both of the image registry. */
  endpoints: 6,
  /** Of a row of the lease table, which is read in units of 4 KB at half price. */
  leaseRowBytes: 500,
  logGbPerWorker: 0.1,
  /** Metrics written by EMF (docs/metrics.md), alarms and dashboards of the CDK app. */
  metrics: 18,
  alarms: 12,
  dashboards: 1,
  /** A document beside its event: nested fields, `ingest`. */
  documentRatio: 1.3,
  /** What an on-demand stream begins with; each takes 1,000 records or 1 MB a second. */
  shards: 4,
  keptDays: 7,
  lambda: {
    /** Firehose calls the function when it has this much, or after this long. */
    bufferBytes: 1_000_000,
    bufferSeconds: 60,
    memoryMb: 512,
    overheadSeconds: 0.02,
    logBytesPerCall: 500,
  },
} as const;

export const HOURS = 730;
export const DAYS = HOURS / 24;
/** A record in Firehose is billed in steps of this, one in a stream of the other. */
export const FIREHOSE_STEP = 5 * 1_024;
export const STREAM_STEP = 1_024;
export const GIB = 1_024 ** 3;
/** A function has one whole processor at this many MB (Lambda developer guide, "Configure Lambda function memory"). */
export const LAMBDA_MB_PER_CPU = 1_769;
