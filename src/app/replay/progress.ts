import type { Shard } from '../../core/shard.ts';
import type { TimeRange } from '../../core/time-range.ts';
import type { LeaseStatus } from '../../lease/board.ts';
import { SLACK_MS } from '../../source/kinesis/range.ts';
import type { Totals } from '../sink.ts';

type Lease = Pick<LeaseStatus, 'shard' | 'state' | 'held'>;

/**
 * Whether everything of the range is read and settled: every lease is finished, and every shard has one or follows
 * shards that were done before they closed, so that nothing of the range can be in it. A shard that closed within the
 * range has made its children's leases before its own was finished.
 */
export const isThrough = (leases: readonly Lease[], shards: readonly Pick<Shard, 'id' | 'parents'>[]): boolean => {
  const accounted = new Set(leases.map(({ shard }) => shard));
  let rest = shards.filter(({ id }) => !accounted.has(id));
  for (let before = 0; rest.length > 0 && before !== rest.length; ) {
    before = rest.length;
    for (const { id, parents } of rest) if (parents.some((parent) => accounted.has(parent))) accounted.add(id);
    rest = rest.filter(({ id }) => !accounted.has(id));
  }
  return leases.length > 0 && rest.length === 0 && leases.every(({ state }) => state === 'finished');
};

/** A shard's part of what is to be read, the minute behind the range included; from 0 to 1, as far as is known here. */
const shareOf = ({ fromMs, toMs }: TimeRange, reachedMs: number | undefined): number =>
  reachedMs === undefined ? 0 : Math.min(1, Math.max(0, (reachedMs - fromMs) / (toMs + SLACK_MS - fromMs)));

export interface ProgressInput {
  readonly leases: readonly Lease[];
  /** How far each shard was read that this process reads, epoch milliseconds. */
  readonly reached: ReadonlyMap<string, number>;
  readonly range: TimeRange;
}

/** How much of the range is done, from 0 to 1: shards of other processes count as ours do on the average. */
export const doneShare = ({ leases, reached, range }: ProgressInput): number => {
  const share = ({ shard, state, held }: Lease): number | undefined =>
    state === 'finished' ? 1 : held ? shareOf(range, reached.get(shard)) : state === 'owned' ? undefined : 0;
  const known = leases.map(share).filter((each) => each !== undefined);
  return known.length === 0 ? 0 : known.reduce((sum, each) => sum + each, 0) / known.length;
};

const percent = (share: number): string => `${Math.floor(share * 100)} %`;

const duration = (ms: number): string => {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.max(1, Math.round(ms / 1_000))} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
};

/** Shards shown one by one; more would not fit on a line. */
const SHOWN = 4;

/** Says how far a replay is, on one line. */
export const progressLine = (
  input: ProgressInput & {
    readonly totals: Totals;
    readonly perSecond: number;
    readonly leftMs: number | undefined;
    readonly trouble: string | undefined;
  },
): string => {
  const { leases, reached, range, totals, perSecond, leftMs, trouble } = input;
  const finished = leases.filter(({ state }) => state === 'finished').length;
  const running = leases.filter(({ held, state }) => held && state !== 'finished').slice(0, SHOWN);
  const parts = [
    percent(doneShare(input)),
    `${finished} of ${leases.length} shards`,
    `${Math.round(perSecond)}/s`,
    ...(leftMs === undefined ? [] : [`${duration(leftMs)} left`]),
    `${totals.indexed} indexed`,
    ...(totals.duplicate > 0 ? [`${totals.duplicate} duplicates`] : []),
    ...(totals.deadLettered > 0 ? [`${totals.deadLettered} dead letters`] : []),
    ...running.map(
      ({ shard }) => `${shard.replace(/^shardId-0*(?=\d)/, '#')} ${percent(shareOf(range, reached.get(shard)))}`,
    ),
  ];
  return trouble === undefined ? parts.join(', ') : `waiting: ${trouble}`;
};

/** Estimates from what was done so far how fast events go and how long the rest takes. */
export const estimator = () => {
  let first: { readonly atMs: number; readonly share: number } | undefined;
  const seen: { readonly atMs: number; readonly read: number }[] = [];
  return (nowMs: number, share: number, read: number) => {
    first ??= { atMs: nowMs, share };
    seen.push({ atMs: nowMs, read });
    if (seen.length > WINDOW) seen.shift();
    const [oldest] = seen;
    const spanMs = oldest ? nowMs - oldest.atMs : 0;
    const done = share - first.share;
    return {
      perSecond: oldest && spanMs > 0 ? ((read - oldest.read) * 1_000) / spanMs : 0,
      leftMs: done > LEAST_SHARE ? ((nowMs - first.atMs) * (1 - share)) / done : undefined,
    };
  };
};

/** Looks over which the speed is measured, one a second. */
const WINDOW = 10;
/** Less says nothing about the rest. */
const LEAST_SHARE = 0.01;
