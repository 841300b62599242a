import type { Fence, LeaseRow, LeaseStore, WorkerRow } from '../store.ts';

type Kept = LeaseRow & { readonly writeId: string };

/** A lease table in memory: several coordinators in one process may share it. Obeys the contract of the real one. */
export const memoryLeaseStore = (): LeaseStore => {
  const rows = new Map<string, Kept>();
  const workers = new Map<string, WorkerRow>();

  /** Replaces a row if it is as expected; a repeated write answers as the first did. */
  const write = (
    { shardId, counter }: { readonly shardId: string; readonly counter: number },
    writeId: string,
    asExpected: (row: LeaseRow) => boolean,
    change: Partial<LeaseRow>,
  ): boolean => {
    const row = rows.get(shardId);
    if (!row) return false;
    if (row.counter !== counter || !asExpected(row)) return row.counter === counter + 1 && row.writeId === writeId;
    rows.set(shardId, { ...row, given: false, ...change, counter: counter + 1, writeId });
    return true;
  };

  const ownedBy = (fence: Fence) => (row: LeaseRow) => row.owner === fence.owner && row.checkpointOwner === undefined;
  const workedOnBy = (fence: Fence) => (row: LeaseRow) => [row.owner, row.checkpointOwner].includes(fence.owner);

  return {
    prepare: async () => {},
    list: async () => ({
      rows: [...rows.values()].map(({ writeId: _, ...row }) => row),
      workers: [...workers.values()],
      malformed: [],
    }),
    create: async (lease, writeId) => {
      const row = rows.get(lease.shardId);
      if (row) return row.writeId === writeId;
      const { shardId, checkpoint, startMs, parents, hashRange } = lease;
      const free = { owner: undefined, checkpointOwner: undefined, given: false, counter: 0, children: [] };
      rows.set(shardId, { shardId, checkpoint, startMs, parents, hashRange, ...free, writeId });
      return true;
    },
    take: async (seen, owner, startMs, writeId) =>
      write(seen, writeId, (row) => row.owner === seen.owner, {
        owner,
        checkpointOwner: undefined,
        startMs: seen.startMs ?? startMs,
      }),
    renew: async (fence, writeId) => write(fence, writeId, ownedBy(fence), {}),
    save: async (fence, checkpoint, writeId) => write(fence, writeId, workedOnBy(fence), { checkpoint }),
    finish: async (fence, children, writeId) =>
      write(fence, writeId, workedOnBy(fence), { checkpoint: { at: 'SHARD_END' }, children }),
    release: async (fence, writeId) => write(fence, writeId, ownedBy(fence), { owner: undefined }),
    assign: async (fence, to, writeId) => write(fence, writeId, ownedBy(fence), { owner: to, given: true }),
    remove: async ({ shardId, counter }) => {
      const row = rows.get(shardId);
      if (row?.counter === counter && row.checkpoint.at === 'SHARD_END') rows.delete(shardId);
    },
    show: async (worker) => void workers.set(worker.workerId, worker),
    hide: async ({ workerId, beat }) => {
      if (workers.get(workerId)?.beat === beat) workers.delete(workerId);
    },
  };
};
