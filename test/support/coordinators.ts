import type { Work, WorkEnd } from '../../src/core/lease.ts';
import { silentLog } from '../../src/core/log.ts';
import type { Start } from '../../src/core/position.ts';
import type { Shard } from '../../src/core/shard.ts';
import { openBoard } from '../../src/lease/board.ts';
import type { FleetTalk } from '../../src/lease/coordination.ts';
import { coordinate } from '../../src/lease/coordinator.ts';
import { memoryLeaseStore } from '../../src/lease/memory/store.ts';
import type { LeaseStore } from '../../src/lease/store.ts';
import { manualClock, seeded } from './clock.ts';

const signal = new AbortController().signal;

/** Works until it is told to stop or loses the lease. */
export const aborted = (one: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (one.aborted) resolve();
    one.addEventListener('abort', () => resolve(), { once: true });
  });
export const patient: Work = async (held, stop): Promise<WorkEnd> => {
  await aborted(AbortSignal.any([stop, held.lost]));
  return held.lost.aborted ? 'lost' : 'stopped';
};

/** A table, a stream and any number of workers on one hand-driven clock. */
export const fleet = (shards: Shard[], { start = { at: 'TRIM_HORIZON' } as Start } = {}) => {
  const clock = manualClock();
  const table = memoryLeaseStore();
  const stream = { shards, down: false };
  const listShards = async () => {
    if (stream.down) throw new Error('Kinesis is away');
    return [...stream.shards];
  };
  const worker = (workerId: string, work: Work = patient, store: LeaseStore = table, talk?: FleetTalk) => {
    const stop = new AbortController();
    const board = openBoard(clock);
    const events: string[] = [];
    const observe = { event: (event: string) => void events.push(event) };
    const random = seeded(workerId.charCodeAt(0));
    const options = { store, listShards, work, workerId, start, failoverMs: 10_000, clock, random, observe };
    const ended = coordinate({ ...options, log: silentLog, board, talk }, stop.signal);
    return { stop, board, ended, events };
  };
  const owners = async (): Promise<Record<string, string | undefined>> =>
    Object.fromEntries((await table.list(signal)).rows.map(({ shardId, owner }) => [shardId, owner]));
  const rowOf = async (shardId: string) => (await table.list(signal)).rows.find((row) => row.shardId === shardId);
  return { clock, table, stream, worker, owners, rowOf };
};
