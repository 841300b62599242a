import type { Clock } from '../core/clock.ts';
import type { RunningShard } from '../pipeline/shard.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** How one shard of this worker gets on, for metrics and the status page. */
export interface ShardProgress {
  readonly lagSeconds: number;
  readonly checkpointAgeSeconds: number;
  /** Absent while nothing is owed. */
  readonly oldestOwedAgeSeconds: number | undefined;
  readonly lastError: string | undefined;
}

/** The running shards of this worker and what was last heard of them. */
export interface Progress {
  running(shardId: string, running: RunningShard | undefined): void;
  behind(shardId: string, behindMs: number): void;
  failed(shardId: string, message: string): void;
  of(shardId: string): ShardProgress | undefined;
  /** So many records of it were read. */
  read(shardId: string, records: number, bytes: number): void;
  /** How far behind each running shard is, and what was read of it. */
  loads(): ReadonlyMap<string, { readonly lagSeconds: number; readonly records: number; readonly bytes: number }>;
  /** How many shards are running. */
  count(): number;
  /** Writes every running shard's gauges; the stream keeps records for so long, if that is known. */
  publish(retentionMs: number | undefined): void;
}

interface Entry {
  readonly running: RunningShard;
  behindMs: number;
  /** When Kinesis last said how far behind it is, at first when the work began; by the monotonic clock. */
  heardAtMs: number;
  lastError: string | undefined;
  records: number;
  bytes: number;
}

/** Longer than any pause between two reads: a Kinesis that says nothing for so long may keep anything from us. */
const SILENCE_MS = 30_000;

export const shardProgress = (metrics: Metrics, clock: Clock): Progress => {
  const entries = new Map<string, Entry>();
  const progressOf = ({ running, behindMs, heardAtMs, lastError }: Entry): ShardProgress => {
    const silentMs = clock.now() - heardAtMs;
    const atMostBehindMs = behindMs + (silentMs > SILENCE_MS ? silentMs : 0);
    const oldest = running.tracker.oldestOwed();
    const oldestOwedAgeSeconds = oldest && Math.max(0, (clock.wall().getTime() - oldest.arrivedMs) / 1000);
    return {
      lagSeconds: Math.max(atMostBehindMs / 1000, oldestOwedAgeSeconds ?? 0),
      checkpointAgeSeconds: running.checkpointAgeMs() / 1000,
      oldestOwedAgeSeconds,
      lastError,
    };
  };
  return {
    running(shardId, running) {
      if (running)
        entries.set(shardId, {
          running,
          behindMs: 0,
          heardAtMs: clock.now(),
          lastError: undefined,
          records: 0,
          bytes: 0,
        });
      else {
        entries.delete(shardId);
        metrics.forgetShard(shardId);
      }
    },
    behind(shardId, behindMs) {
      const entry = entries.get(shardId);
      if (entry) Object.assign(entry, { behindMs, heardAtMs: clock.now(), lastError: undefined });
    },
    failed(shardId, message) {
      const entry = entries.get(shardId);
      if (entry) entry.lastError = message;
    },
    of(shardId) {
      const entry = entries.get(shardId);
      return entry && progressOf(entry);
    },
    read(shardId, records, bytes) {
      metrics.recordsRead(shardId, records);
      const entry = entries.get(shardId);
      if (!entry) return;
      entry.records += records;
      entry.bytes += bytes;
    },
    loads: () =>
      new Map(
        [...entries].map(([shardId, entry]) => [
          shardId,
          { lagSeconds: progressOf(entry).lagSeconds, records: entry.records, bytes: entry.bytes },
        ]),
      ),
    count: () => entries.size,
    publish(retentionMs) {
      for (const [shardId, entry] of entries) {
        const { lagSeconds, checkpointAgeSeconds } = progressOf(entry);
        metrics.lag(shardId, lagSeconds);
        metrics.checkpointAge(shardId, checkpointAgeSeconds);
        if (retentionMs !== undefined) metrics.retentionRemaining(shardId, retentionMs / 1000 - lagSeconds);
      }
    },
  };
};
