import type { SequencePosition, Start } from '../core/position.ts';
import type { Shard } from '../core/shard.ts';

/** A checkpoint as it stands in a lease row. A sentinel carries no time: that of a LATEST or AT_TIMESTAMP is in `startMs`. */
export type Checkpoint = { readonly at: Start['at'] | 'SHARD_END' } | SequencePosition;

/** A lease that does not exist yet. */
export interface NewLease {
  readonly shardId: string;
  /** A sentinel of a start, unless a lease that vanished is made again where it stood. */
  readonly checkpoint: Checkpoint;
  /** Fixes LATEST and AT_TIMESTAMP as epoch milliseconds, so that a restart or a move before the first checkpoint skips nothing. */
  readonly startMs: number | undefined;
  readonly parents: readonly string[];
  readonly hashRange: Shard['hashRange'];
}

/** A lease as the table shows it. */
export interface LeaseRow extends NewLease {
  readonly owner: string | undefined;
  /** Set while a KCL leader moves the lease: who still works on it, `owner` being the next. */
  readonly checkpointOwner: string | undefined;
  /** Another worker made `owner` the owner, who has not begun yet: nobody works on it. */
  readonly given: boolean;
  /** Heartbeat and fence: every write adds 1. */
  readonly counter: number;
  readonly children: readonly string[];
}

/** What a holder believes of its row; every one of its writes succeeds only if the table agrees. */
export interface Fence {
  readonly shardId: string;
  readonly owner: string;
  readonly counter: number;
}

/** A worker that shows itself in the lease table, as the KCL's do with their metrics. */
export interface WorkerRow {
  readonly workerId: string;
  /** The id of its last writing: each is another one, so an observer needs no clock but its own. */
  readonly beat: string;
  /** What it tells the others of itself. */
  readonly tells?: string | undefined;
}

export interface LeaseListing {
  readonly rows: readonly LeaseRow[];
  /** Workers like us. Those of the KCL have a leader that shares leases out among them, so they are left out. */
  readonly workers: readonly WorkerRow[];
  /** Rows that claim to be leases and cannot be read. They are left alone. */
  readonly malformed: readonly { readonly key: string; readonly problem: string }[];
}

/** How often each is written is counted. */
export type LeaseWriteOp =
  | 'create'
  | 'take'
  | 'renew'
  | 'save'
  | 'finish'
  | 'release'
  | 'assign'
  | 'remove'
  | 'show'
  | 'hide';

/** And how often each is read. */
export type LeaseReadOp = 'scan' | 'get' | 'describe';

/**
 * The lease table. Writes are conditional (reference: the KCL's DynamoDBLeaseRefresher) and answer false when the
 * condition failed: a lost race is a value. They reject only when the outcome is unknown. Each carries a write id;
 * the same call with the same id may be repeated any number of times and answers as the first that arrived.
 * Every successful write leaves the counter exactly one higher.
 */
export interface LeaseStore {
  /** Makes the table when it is absent and waits until it can be used, or the signal aborts. */
  prepare(signal: AbortSignal): Promise<void>;
  list(signal: AbortSignal): Promise<LeaseListing>;
  /** False: there is such a lease already. */
  create(lease: NewLease, writeId: string): Promise<boolean>;
  /** Makes `owner` the owner if the row is still as seen; `startMs` fixes the start of a row made without one. */
  take(seen: LeaseRow, owner: string, startMs: number | undefined, writeId: string): Promise<boolean>;
  renew(fence: Fence, writeId: string): Promise<boolean>;
  save(fence: Fence, checkpoint: SequencePosition, writeId: string): Promise<boolean>;
  /** Writes SHARD_END. The children's leases must exist by then. */
  finish(fence: Fence, children: readonly string[], writeId: string): Promise<boolean>;
  /** Leaves the lease without an owner, free to be taken at once. */
  release(fence: Fence, writeId: string): Promise<boolean>;
  /** Makes another worker the owner, who begins as soon as he sees it. */
  assign(fence: Fence, to: string, writeId: string): Promise<boolean>;
  /** Takes a lease away that has ended, unless it changed since it was seen; without a row there is nothing to do. */
  remove(ended: LeaseRow): Promise<void>;
  /** Shows the worker to the others. Any later showing replaces this one, whoever made it. */
  show(worker: WorkerRow): Promise<void>;
  /** Takes the worker's row away, unless it has been shown again since this beat; without a row there is nothing to do. */
  hide(worker: WorkerRow): Promise<void>;
}
