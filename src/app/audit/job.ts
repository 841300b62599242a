import type { Finding } from '../../audit/finding.ts';
import type { Count, Row } from '../../audit/tally.ts';
import type { Clock, Random } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import type { TimeRange } from '../../core/time-range.ts';
import type { Repaired } from './repair.ts';

export interface AuditOptions {
  readonly range: TimeRange;
  /** Where the records are read; undefined: from the stream. */
  readonly archive: readonly string[] | undefined;
  /** Where letters are read; undefined: at `dead_letter.to`. */
  readonly letters: readonly string[] | undefined;
  /** Streams whose documents share the indices, and are not looked at. */
  readonly otherStreams: readonly string[];
  /** Compares documents by what they hold instead of by the digests that they carry. */
  readonly contents: boolean;
  /** How often each shard is read in a second. */
  readonly readsPerSecond: number;
  /** Delivers what is missing once more, on behalf of this process. */
  readonly repair: { readonly version: string; readonly pid: number } | undefined;
}

/** What an audit gets from the process it runs in. */
export interface AuditShell {
  readonly cwd: string;
  /** For temporary files. */
  readonly folder: string;
  readonly log: Log;
  /** Told now and then what is done, for people, and of how many records. */
  readonly onProgress: (what: string, records: number) => void;
  readonly onFinding: (finding: Finding) => Promise<void>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
}

/** What an audit comes to. */
export interface AuditReport {
  readonly stream: string;
  readonly from: string;
  readonly to: string;
  readonly totals: { readonly [K in Count]: number };
  readonly rows: readonly Row[];
  /** Indices that are not there, with how many documents they should hold. */
  readonly absent_indices: readonly { readonly index: string; readonly missing: number }[];
  /** Lines and records of an archive that cannot be read, so that nothing can be said of them; only where one was read. */
  readonly unread?: number | undefined;
  /** Only where it was asked for; the counts above are those before. */
  readonly repair?: Repaired | undefined;
  /** What limits what the audit can say. */
  readonly notes: readonly string[];
}
