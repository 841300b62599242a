import type { Clock, Random } from '../core/clock.ts';
import type { Work } from '../core/lease.ts';
import type { Log } from '../core/log.ts';
import type { Start } from '../core/position.ts';
import type { Shard } from '../core/shard.ts';
import type { LeaseBoard } from './board.ts';
import type { LeaseObserver } from './observe.ts';
import type { LeaseStore } from './store.ts';

/** What a look at the table shows of the fleet. */
export interface FleetView {
  /** Everybody who is there, ourselves included, in their order. */
  readonly workers: readonly string[];
  /** What the others tell in their rows, also those who may be gone. */
  readonly tells: ReadonlyMap<string, string | undefined>;
  /** The owner of each lease that is work to be done; undefined: nobody's at present. */
  readonly owners: readonly (string | undefined)[];
}

/** What workers tell each other in the rows that they write anyway, about every 1.5 failover times. */
export interface FleetTalk {
  tell(): string | undefined;
  /** Called after each look at the table. */
  heard(view: FleetView): void;
}

/** What a coordinator is given. */
export interface CoordinateOptions {
  readonly store: LeaseStore;
  readonly listShards: (signal: AbortSignal) => Promise<readonly Shard[]>;
  /** Run once for each held lease. */
  readonly work: Work;
  /** Unique among the processes of the application. */
  readonly workerId: string;
  readonly start: Start;
  /** The work on a shard may be done before the shard is closed: then no lease that ended is suspicious. */
  readonly endsBeforeShards?: boolean;
  /** How long a holder may show no sign of life; the same for every worker. */
  readonly failoverMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: LeaseObserver;
  readonly log: Log;
  readonly board: LeaseBoard;
  readonly talk?: FleetTalk | undefined;
}

/** The options and what the parts of one coordinator share. */
export interface Coordination extends CoordinateOptions {
  /** A new id for each write: unique among all workers and over all restarts. */
  readonly writeId: () => string;
  readonly table: TableDoor;
}

/** Knows whether the table has been prepared; it is again after it failed. */
export interface TableDoor {
  /** Resolves when the table can be used; rejects when it cannot be prepared. */
  ready(signal: AbortSignal): Promise<void>;
  failed(): void;
}

/** Brings the options and what is shared together. */
export const openCoordination = (options: CoordinateOptions): Coordination => {
  const run = Math.floor(options.random() * Number.MAX_SAFE_INTEGER).toString(36);
  let writes = 0;
  return {
    ...options,
    writeId: () => {
      writes += 1;
      return `${options.workerId}/${run}/${writes}`;
    },
    table: tableDoor(options.store),
  };
};

const tableDoor = (store: LeaseStore): TableDoor => {
  let preparing: Promise<void> | undefined;
  const failed = () => {
    preparing = undefined;
  };
  return {
    failed,
    ready: async (signal) => {
      preparing ??= store.prepare(signal);
      await preparing.catch((thrown) => {
        failed();
        throw thrown;
      });
    },
  };
};
