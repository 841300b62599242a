import type { BulkLimits } from './bulk-queue.ts';
import type { ExchangeOptions } from './exchange.ts';
import type { LaneOptions } from './lane.ts';
import type { Trouble } from './outage.ts';
import type { PaceStatus } from './pace.ts';

export interface WriterOptions extends ExchangeOptions {
  /** The largest that a request may be; how large it is follows the sink's answers. */
  readonly limits: BulkLimits;
  /** The most requests under way; how many there are follows the sink's answers. */
  readonly maxInFlight: number;
  /** So long an index may take nothing while others do, milliseconds; then its documents are dead letters. */
  readonly retryForMs: number;
  readonly observe: ExchangeOptions['observe'] &
    LaneOptions['observe'] & {
      bulksInFlight(count: number): void;
      /** So many requests may be under way, each of so many bytes. */
      bulkPace(slots: number, bytes: number): void;
    };
}

/** What the writer says of itself. */
export interface WriterStatus {
  readonly inFlight: number;
  readonly pace: PaceStatus;
  readonly trouble: Trouble | undefined;
  readonly retrying: string | undefined;
  /** Whether more documents wait than the next requests can take: whoever makes more of them waits. */
  readonly crowded: boolean;
  /** Why each sick index takes nothing, and since when. */
  readonly sick: readonly Trouble[];
}
