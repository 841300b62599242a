import type { Clock } from '../core/clock.ts';
import type { HeldLease, Saved } from '../core/lease.ts';
import { comparePositions, type Position, SHARD_END } from '../core/position.ts';
import type { Shard } from '../core/shard.ts';
import type { LeaseObserver } from './observe.ts';
import { childLease } from './shard-sync.ts';
import type { Fence, LeaseRow, LeaseStore } from './store.ts';

/** A held lease as its keepers see it; the work sees only the HeldLease. */
export interface Tenure extends HeldLease {
  /** Aborts when there is nothing more to keep alive: lost, released or finished. */
  readonly over: AbortSignal;
  /** When the last write that arrived was begun: a sign of life for all who watch the row. */
  aliveSinceMs(): number;
  /** A sign of life; rejects when its outcome is unknown. */
  renew(): Promise<Saved>;
  /** Gives the lease up for others to take at once; rejects when the outcome is unknown. */
  release(): Promise<Saved>;
  /** Gives the lease to another worker; rejects when the outcome is unknown. */
  assign(to: string): Promise<Saved>;
  /** Whether the lease still holds by our own clock; the first to see that it does not aborts `lost`. */
  holds(): boolean;
}

export interface TenureOptions {
  readonly store: LeaseStore;
  /** The row as it was seen before it was taken. */
  readonly row: LeaseRow;
  readonly owner: string;
  readonly position: Position;
  /** When the taking was begun. */
  readonly takenAtMs: number;
  readonly failoverMs: number;
  readonly clock: Clock;
  readonly writeId: () => string;
  /** Asks Kinesis, for a shard that ended without naming its children. */
  readonly childrenOf: (shardId: string, signal: AbortSignal) => Promise<readonly Shard[]>;
  readonly observe: LeaseObserver;
}

interface Attempt {
  readonly begunMs: number;
  readonly send: () => Promise<boolean>;
  readonly landed: () => void;
}

/**
 * Holds a lease just taken. All its writes go one after another, as each moves the counter that fences the next; one
 * whose answer was lost is sent again under its own id before anything else, so that we never take our own write for
 * somebody else's. The lease expires `failoverMs` after the beginning of the last write that arrived, which is before
 * anybody else can have seen that write, hence before anybody else may take it.
 */
export const holdLease = (options: TenureOptions): Tenure => {
  const { store, row, owner, failoverMs, clock, writeId, observe } = options;
  const shardId = row.shardId;
  const lost = new AbortController();
  const over = new AbortController();
  let counter = row.counter + 1;
  let aliveSinceMs = options.takenAtMs;
  let position = options.position;
  let unsure: Attempt | undefined;
  let ending: 'finished' | 'released' | 'assigned' | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const serially = <T>(write: () => Promise<T>): Promise<T> => {
    const result = queue.then(write);
    queue = result.catch(() => undefined);
    return result;
  };

  const lose = (how: 'lost' | 'expired'): void => {
    if (over.signal.aborted) return;
    observe.event(how);
    lost.abort();
    over.abort();
  };

  const holds = (): boolean => {
    if (!over.signal.aborted && clock.now() - aliveSinceMs >= failoverMs) lose('expired');
    return !over.signal.aborted;
  };

  const send = async (attempt: Attempt): Promise<Saved> => {
    if (!holds()) return 'lost';
    unsure = attempt;
    const landed = await attempt.send();
    unsure = undefined;
    if (!landed) {
      lose('lost');
      return 'lost';
    }
    counter += 1;
    aliveSinceMs = attempt.begunMs;
    attempt.landed();
    return 'saved';
  };

  const settleUnsure = async (): Promise<Saved> => (unsure ? send(unsure) : 'saved');

  const write = async (
    to: (fence: Fence, id: string) => Promise<boolean>,
    landed: () => void = () => {},
  ): Promise<Saved> => {
    if ((await settleUnsure()) === 'lost') return 'lost';
    const fence: Fence = { shardId, owner, counter };
    const id = writeId();
    return send({ begunMs: clock.now(), send: () => to(fence, id), landed });
  };

  /** Writes what ends the tenure. It may have arrived already, sent again before a renewal. */
  const end = (how: NonNullable<typeof ending>, to: (fence: Fence, id: string) => Promise<boolean>): Promise<Saved> =>
    serially(async () => {
      const result = await write(to, () => {
        ending = how;
        if (how === 'finished') position = SHARD_END;
        observe.event(how);
        over.abort();
      });
      return ending === how ? 'saved' : result;
    });

  const makeChildren = async (children: readonly Shard[]): Promise<void> => {
    // Where nothing was read of a shard that begins at a time, that time may lie after its end: the children keep it.
    const { at } = row.checkpoint;
    const keeps = at === 'AT_TIMESTAMP' && position.at === 'AT_TIMESTAMP' ? position.timestampMs : undefined;
    for (const child of children) {
      if (!holds()) return;
      const lease = childLease(child);
      const kept =
        keeps === undefined ? lease : { ...lease, checkpoint: { at: 'AT_TIMESTAMP' } as const, startMs: keeps };
      if (await store.create(kept, writeId())) observe.event('created');
    }
  };

  return {
    shard: { id: shardId, parents: row.parents, hashRange: row.hashRange },
    get position() {
      return position;
    },
    lost: lost.signal,
    over: over.signal,
    aliveSinceMs: () => aliveSinceMs,
    holds,
    renew: () => serially(() => write((fence, id) => store.renew(fence, id))),
    save: (to) =>
      serially(async () => {
        if (to.at !== 'SEQUENCE') throw new Error(`only a sequence number can be saved of ${shardId}, not ${to.at}`);
        if ((await settleUnsure()) === 'lost' || !holds()) return 'lost';
        const order = comparePositions(to, position);
        if (order === 0) return 'saved';
        if (order < 0) throw new Error(`the checkpoint of ${shardId} would move backwards, to ${to.sequenceNumber}`);
        return write(
          (fence, id) => store.save(fence, to, id),
          () => {
            position = to;
          },
        );
      }),
    finish: async (named) => {
      const children = named.length > 0 || !holds() ? named : await options.childrenOf(shardId, over.signal);
      // Outside the queue: renewals go on meanwhile.
      await makeChildren(children);
      const ids = children.map(({ id }) => id);
      return end('finished', (fence, id) => store.finish(fence, ids, id));
    },
    release: () => end('released', (fence, id) => store.release(fence, id)),
    assign: (to) => end('assigned', (fence, id) => store.assign(fence, to, id)),
  };
};
