import { decide, type Fleet, firstOpinion, type Opinion } from './decide.ts';
import type { Load } from './load.ts';
import { readTelling, type Telling, writeTelling } from './telling.ts';

/** What is seen of the fleet: who is there, what they tell, and whose the shards are. */
export interface View {
  /** Everybody who is there, ourselves included, in their order. */
  readonly workers: readonly string[];
  readonly tells: ReadonlyMap<string, string | undefined>;
  /** The owner of each shard that is work to be done; undefined: nobody's at present. */
  readonly owners: readonly (string | undefined)[];
}

/** The fleet's opinion as this worker knows it. */
export interface Scaling {
  readonly desired: number;
  readonly why: string;
  /** The worker that thinks it over for all. */
  readonly decidedBy: string;
  /** Workers that are there. */
  readonly workers: number;
}

const EVERY_MS = 5_000;
/** After a longer pause nothing is known of what was between. */
const LONGEST_MS = 30_000;
/** So long after the last worker has come a fleet that starts is whole, and its load is known; … */
const FIRST_AFTER_MS = 60_000;
/** … and after so long there is a number anyway. */
const FIRST_WITHIN_MS = 300_000;
const STALE_MS = 60_000;

export interface OpinionOptions {
  readonly me: string;
  /** Undefined while it is not known. */
  readonly load: () => Load | undefined;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * One opinion for the whole fleet: the first worker by name thinks it over, the others repeat what he tells in his row;
 * whoever comes after him goes on from there. What was thought over most often is the newest.
 */
export const openOpinion = ({ me, load, now }: OpinionOptions) => {
  let opinion: Opinion | undefined;
  let round = 0;
  let decidedBy = me;
  let workers = 0;
  let firstHeardMs: number | undefined;
  let grewMs = Number.NEGATIVE_INFINITY;
  let heardMs = Number.NEGATIVE_INFINITY;
  let decidedMs: number | undefined;

  const adopt = (tellings: ReadonlyMap<string, Telling>): void => {
    for (const telling of tellings.values())
      if (telling.opinion && telling.round > round)
        ({ opinion, round } = { opinion: telling.opinion, round: telling.round });
  };

  const think = (fleet: Fleet, nowMs: number): void => {
    const elapsedMs = decidedMs === undefined ? 0 : nowMs - decidedMs;
    if (decidedMs !== undefined && elapsedMs < EVERY_MS) return;
    if (!opinion && nowMs - grewMs < FIRST_AFTER_MS && nowMs - (firstHeardMs ?? nowMs) < FIRST_WITHIN_MS) return;
    decidedMs = nowMs;
    opinion = opinion ? decide(opinion, fleet, Math.min(elapsedMs, LONGEST_MS)) : firstOpinion(fleet);
    round += 1;
  };

  return {
    heard(view: View): void {
      const nowMs = now();
      heardMs = nowMs;
      firstHeardMs ??= nowMs;
      const tellings = tellingsOf(view);
      adopt(tellings);
      if (view.workers.length > workers) grewMs = nowMs;
      workers = view.workers.length;
      decidedBy = view.workers.find((worker) => worker === me || tellings.has(worker)) ?? me;
      if (decidedBy === me) think(fleetOf(view, { ...Object.fromEntries(loadsOf(tellings)), [me]: load() }), nowMs);
      else decidedMs = undefined;
    },
    tell: (): string => writeTelling({ load: load(), opinion, round }),
    /** What is to be followed: nothing when it is old, for others may know of a newer one. */
    desired: (): number | undefined => (now() - heardMs > STALE_MS ? undefined : opinion?.desired),
    /** Undefined until there is an opinion: a number that nobody has thought over must not be followed. */
    status: (): Scaling | undefined => {
      if (!opinion) return undefined;
      const oldMs = now() - heardMs;
      const old =
        oldMs > STALE_MS ? `as of ${Math.round(oldMs / 1_000)} s ago, when the lease table was last read: ` : '';
      return { desired: opinion.desired, why: `${old}${opinion.why}`, decidedBy, workers };
    },
  };
};

const tellingsOf = ({ tells }: View): ReadonlyMap<string, Telling> =>
  new Map(
    [...tells].flatMap(([worker, text]) => {
      const telling = readTelling(text);
      return telling ? [[worker, telling] as const] : [];
    }),
  );

const loadsOf = (tellings: ReadonlyMap<string, Telling>) =>
  [...tellings].map(([worker, { load }]) => [worker, load] as const);

/** Shards of workers that are not like us, such as the KCL's, are nobody's whom this is about. */
const fleetOf = ({ workers, owners }: View, loads: Readonly<Record<string, Load | undefined>>): Fleet => {
  const ours = owners.filter((owner) => owner === undefined || workers.includes(owner));
  const known = workers.flatMap((worker) => loads[worker] ?? []);
  return {
    workers: workers.length,
    shards: ours.length,
    unowned: ours.filter((owner) => owner === undefined).length,
    loads: known,
    unknown: workers.filter((worker) => ours.includes(worker) && !loads[worker]).length,
  };
};
