/** When something new of each shard was acknowledged, epoch milliseconds, in order. */
export type Heard = Readonly<Record<string, readonly number[]>>;

/**
 * The longest silence of each of `shards` that touches the time from `sinceMs` to `untilMs`, seconds. One that lasts
 * until `untilMs` counts as well; a shard never heard of before `sinceMs` is counted from there.
 */
export const gaps = (heard: Heard, shards: readonly string[], sinceMs: number, untilMs: number): readonly number[] =>
  shards.map((shard) => {
    const times = (heard[shard] ?? []).filter((ms) => ms <= untilMs);
    const before = times.findLast((ms) => ms <= sinceMs) ?? sinceMs;
    const marks = [before, ...times.filter((ms) => ms > sinceMs), untilMs];
    return Math.max(...marks.slice(1).map((ms, i) => ms - (marks[i] ?? ms))) / 1000;
  });
