/** Leases that are work to be done, and who is there to do it. */
export interface ShareInput {
  /** Without an owner: free. One whose owner is none of the workers is nobody's to move. */
  readonly leases: readonly { readonly shardId: string; readonly owner: string | undefined }[];
  readonly workers: readonly string[];
}

export interface Shares {
  /** Which worker each free lease falls to. */
  readonly free: ReadonlyMap<string, string>;
  /** Leases that change hands, one by one: which of his leases, the giver chooses. */
  readonly moves: readonly { readonly from: string; readonly to: string }[];
}

interface Place {
  readonly worker: string;
  readonly level: number;
}

const byName = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/**
 * Shares leases out evenly, to within one. Whoever has most keeps most, so that nothing moves where counts differ by
 * one at the most. All who see the same come to the same, so they neither race for a lease nor give more than is due.
 */
export const shareOut = ({ leases, workers }: ShareInput): Shares => {
  const counts = new Map(workers.map((worker) => [worker, 0]));
  const free: string[] = [];
  for (const { shardId, owner } of leases) {
    const count = owner === undefined ? undefined : counts.get(owner);
    if (owner === undefined) free.push(shardId);
    else if (count !== undefined) counts.set(owner, count + 1);
  }
  const total = [...counts.values()].reduce((sum, count) => sum + count, free.length);
  const places: Place[] = [];
  const surplus: Place[] = [];
  const ranked = [...counts].sort(([a, countA], [b, countB]) => countB - countA || byName(a, b));
  for (const [rank, [worker, count]] of ranked.entries()) {
    const target = Math.floor(total / ranked.length) + (rank < total % ranked.length ? 1 : 0);
    for (let level = count; level < target; level += 1) places.push({ worker, level });
    for (let level = count; level > target; level -= 1) surplus.push({ worker, level });
  }
  // The emptiest are served first, the fullest give first.
  places.sort((a, b) => a.level - b.level || byName(a.worker, b.worker));
  surplus.sort((a, b) => b.level - a.level || byName(a.worker, b.worker));
  const moving = places.slice(free.length);
  return {
    free: new Map(free.sort(byName).flatMap((shardId, at) => toPair(shardId, places[at]))),
    moves: surplus.flatMap(({ worker: from }, at) => (moving[at] ? [{ from, to: moving[at].worker }] : [])),
  };
};

const toPair = (shardId: string, place: Place | undefined): [string, string][] =>
  place ? [[shardId, place.worker]] : [];
