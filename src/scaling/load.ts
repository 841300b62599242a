/**
 * What keeps a worker's shards behind, if anything does. `worker`: it has its hands full. `whale`: so it has, with a
 * single shard. `shard`: Kinesis gives no more of its shard. `wait`: it has time, and its shard brings less than it may:
 * Kinesis does not answer, others read the shard too, or a document is not taken. `sink`: what takes the records.
 */
export const LIMITS = ['none', 'worker', 'whale', 'shard', 'wait', 'sink'] as const;
export type Limit = (typeof LIMITS)[number];

/** What one worker tells the others of its load. */
export interface Load {
  /** How many workers its shards keep busy, each at most one: as records arrive, and to catch up in time. */
  readonly need: number;
  /** Of its shard that is furthest behind, seconds. */
  readonly lagSeconds: number;
  readonly limit: Limit;
  /** The shard that `limit` is about, or what does not take records; empty where nothing keeps it behind. */
  readonly about: string;
  readonly shards: number;
}

/** A look at the worker; counts are those of its whole life. */
export interface Sample {
  readonly atMs: number;
  /** How long the event loop has been busy so far, milliseconds. */
  readonly activeMs: number;
  readonly shards: ReadonlyMap<
    string,
    { readonly lagSeconds: number; readonly records: number; readonly bytes: number }
  >;
  /** Documents sent so far, and those of them that had to go again. */
  readonly sent: number;
  readonly resent: number;
  /** Why nothing gets through right now. */
  readonly blocked: string | undefined;
  /** Whether readers wait for room in the memory budget. */
  readonly keptBack: boolean;
  /** Whether OpenSearch's answers have allowed as many requests at once as the configuration does. */
  readonly fullPace: boolean;
}

/** Less is the ordinary time of a bulk request, a checkpoint and a pause between two reads. */
export const BEHIND_SECONDS = 30;
/** A shorter time says nothing. */
const LEAST_SPAN_MS = 20_000;
/** A lag should be made good in this time, however … */
const CATCH_UP_SECONDS = 600;
/** … more than this many times as fast as records arrived is never asked for: a day's backlog takes six hours. */
const MOST_SPEED = 5;
const LEAST_SPEED = 0.1;
/** The event loop of a worker that does nothing else but its work still waits now and then. */
const BUSY = 0.75;
/** A shard that needs so much of a worker to keep up gains nothing by having one to itself. */
const WHALE = 0.9;
/** Of the 2 MB a second that Kinesis gives of a shard ("Quotas and limits" in its developer guide), nearly all. */
const READ_LIMIT_BYTES = 1_700_000;
/** Of the documents sent; fewer are the sink's ordinary growing pains. */
const MANY_RESENT = 0.05;
const MOST_TEXT = 120;

interface Facts {
  readonly busy: number;
  /** Why the sink is the bottleneck; undefined where it is not. */
  readonly sink: string | undefined;
  /** No more can be done by this worker. */
  readonly full: boolean;
}

const share = (samples: readonly Sample[], is: (sample: Sample) => boolean): number =>
  samples.filter(is).length / samples.length;

const sinkTrouble = (samples: readonly Sample[], first: Sample, last: Sample, busy: number): string | undefined => {
  const blocked = samples.findLast((sample) => sample.blocked !== undefined)?.blocked;
  if (last.blocked !== undefined || share(samples, (sample) => sample.blocked !== undefined) >= 0.5) return blocked;
  const resent = last.resent - first.resent;
  if (resent > MANY_RESENT * (last.sent - first.sent)) return 'documents are refused for now and go again (429 or 5xx)';
  const isSlow = busy < BUSY && share(samples, ({ keptBack, fullPace }) => keptBack && !fullPace) >= 0.5;
  return isSlow ? 'its answers come no faster with more requests at once' : undefined;
};

const factsOf = (samples: readonly Sample[], first: Sample, last: Sample): Facts => {
  const busy = Math.min(1, Math.max(0, (last.activeMs - first.activeMs) / (last.atMs - first.atMs)));
  const waits = share(samples, ({ keptBack, fullPace }) => keptBack && fullPace) >= 0.5;
  return { busy: waits ? 1 : busy, sink: sinkTrouble(samples, first, last, busy), full: busy >= BUSY || waits };
};

/**
 * What the samples of the last minute, oldest first, say of a worker's load; undefined while they are too few for all of
 * its shards. A shard's part of the work is its part of the records. How fast its lag shrinks says how many records are
 * due: what makes 5 seconds good in each needs a fifth to keep up. Pure.
 */
export const loadOf = (samples: readonly Sample[]): Load | undefined => {
  const last = samples.at(-1);
  if (!last) return undefined;
  const ids = [...last.shards.keys()];
  // A shard that went and came back between two samples is counted from 0 again: what was before says nothing of it.
  const isNew = (id: string, at: number): boolean => {
    const then = samples[at]?.shards.get(id);
    return !then || (samples[at + 1]?.shards.get(id)?.records ?? then.records) < then.records;
  };
  const whole = samples.slice(samples.findLastIndex((_, at) => ids.some((id) => isNew(id, at))) + 1);
  const first = whole[0];
  if (!first || last.atMs - first.atMs < LEAST_SPAN_MS) return undefined;
  const facts = factsOf(whole, first, last);
  const seconds = (last.atMs - first.atMs) / 1_000;
  const shards = ids.map((id) => {
    const before = first.shards.get(id) ?? { lagSeconds: 0, records: 0, bytes: 0 };
    const { lagSeconds, records, bytes } = last.shards.get(id) ?? before;
    const speed = 1 - (lagSeconds - before.lagSeconds) / seconds;
    const isAtLimit = (bytes - before.bytes) / seconds >= READ_LIMIT_BYTES;
    return { id, lagSeconds, records: records - before.records, speed, isAtLimit };
  });
  return judged(shards, facts);
};

interface ShardLoad {
  readonly id: string;
  readonly lagSeconds: number;
  readonly records: number;
  /** Seconds of the stream that were worked through in each second. */
  readonly speed: number;
  /** Kinesis gives no more of it. */
  readonly isAtLimit: boolean;
}

const wantedSpeed = ({ lagSeconds }: ShardLoad): number => Math.min(MOST_SPEED, 1 + lagSeconds / CATCH_UP_SECONDS);

const speedOf = ({ speed }: ShardLoad): number => Math.max(LEAST_SPEED, speed);

const judged = (shards: readonly ShardLoad[], facts: Facts): Load => {
  const total = shards.reduce((sum, { records }) => sum + records, 0);
  /** How many workers a shard keeps busy. One that gets nothing done counts a little: it may be starved. */
  const usedBy = ({ records }: ShardLoad): number =>
    facts.busy * Math.max(total > 0 ? records / total : 0, 0.1 / shards.length);
  const needOf = (shard: ShardLoad): number => {
    const isUrgent = facts.full && !shard.isAtLimit && shard.lagSeconds >= BEHIND_SECONDS;
    return Math.min(1, usedBy(shard) * (isUrgent ? wantedSpeed(shard) / speedOf(shard) : 1));
  };
  const worst = shards.reduce<ShardLoad | undefined>((a, b) => (a && a.lagSeconds >= b.lagSeconds ? a : b), undefined);
  return {
    need: shards.reduce((sum, shard) => sum + needOf(shard), 0),
    lagSeconds: worst?.lagSeconds ?? 0,
    ...limitOf(worst, facts, worst && usedBy(worst) / speedOf(worst) >= WHALE),
    shards: shards.length,
  };
};

const limitOf = (
  worst: ShardLoad | undefined,
  { sink, full }: Facts,
  isWhale = false,
): Pick<Load, 'limit' | 'about'> => {
  if (sink !== undefined) return { limit: 'sink', about: sink.slice(0, MOST_TEXT) };
  const isBehind = worst !== undefined && worst.lagSeconds >= BEHIND_SECONDS && worst.speed < wantedSpeed(worst);
  if (!isBehind) return { limit: 'none', about: '' };
  return {
    limit: worst.isAtLimit ? 'shard' : !full ? 'wait' : isWhale ? 'whale' : 'worker',
    about: worst.id.slice(0, MOST_TEXT),
  };
};
