/** One shard as the status page shows it; what is not known is left out. */
export interface ShardStatus {
  readonly shard: string;
  /** The worker that holds its lease. */
  readonly owner?: string | undefined;
  readonly state: string;
  readonly lagSeconds?: number | undefined;
  readonly checkpoint?: string | undefined;
  /** How long there has been something to save that is not saved. */
  readonly checkpointAgeSeconds?: number | undefined;
  /** Age of the oldest record read and not yet settled. */
  readonly oldestOwedAgeSeconds?: number | undefined;
  readonly lastError?: string | undefined;
  /** What it waits for right now: records, the memory budget, the sink, … */
  readonly waitsFor?: string | undefined;
}

/** How the bulk writer sends, as OpenSearch's answers have taught it. */
export interface SinkStatus {
  readonly requestsInFlight: number;
  /** Requests that may be under way at once, and how many the configuration allows. */
  readonly slots: number;
  readonly mostSlots: number;
  /** How large a request may be. */
  readonly requestBytes: number;
  readonly requestDocuments: number;
  /** Larger requests were refused as too large (413). */
  readonly learntLimitBytes?: number | undefined;
  /** Why slots or sizes last changed. */
  readonly lastChange?: string | undefined;
  readonly sickIndices: readonly { readonly why: string; readonly since: string }[];
}

/** How many workers the whole fleet should have, and why. */
export interface ScalingStatus {
  readonly desiredWorkers: number;
  /** Those that are there. */
  readonly workers: number;
  readonly why: string;
  /** The worker that thinks it over for all. */
  readonly decidedBy: string;
}

/** What a worker says of itself; served as /api/status and shown by the status page. */
export interface Status {
  readonly application: string;
  readonly stream: string;
  readonly worker: string;
  readonly version: string;
  readonly state: string;
  readonly startedAt: string;
  /** Named counts, shown in their order: `records read`, `documents indexed`, … */
  readonly totals: Readonly<Record<string, number>>;
  /** Absent while a fleet starts. */
  readonly scaling?: ScalingStatus | undefined;
  readonly sink: SinkStatus;
  readonly shards: readonly ShardStatus[];
}
