import { BEHIND_SECONDS, type Load } from './load.ts';

/** The opinion on how many workers there should be, and how long things have spoken for another number. */
export interface Opinion {
  readonly desired: number;
  /** More were needed for so long, at the least `upTo`. */
  readonly upMs: number;
  readonly upTo: number;
  /** Fewer would have done for so long, at the most `downTo`. */
  readonly downMs: number;
  readonly downTo: number;
  /** Since the last change. */
  readonly sinceMs: number;
  /** With fewer than so many the work was too uneven, and for how long they are not tried again. */
  readonly keep: number;
  readonly keepMs: number;
  /** For people. */
  readonly why: string;
}

/** The fleet at one moment. */
export interface Fleet {
  readonly workers: number;
  /** Shards that workers like us work on or may take: more workers than that have nothing to do. */
  readonly shards: number;
  /** Of these, the ones that nobody works on. */
  readonly unowned: number;
  readonly loads: readonly Load[];
  /** Workers that have shards, and whose load is not known yet. */
  readonly unknown: number;
}

/** More workers are asked for when those that are desired would be busier than this, … */
const BUSIEST = 0.8;
/** … so many that they are as busy as this; … */
const AIM = 0.65;
/** … and fewer when those would be no busier than this. */
const QUIETEST = 0.55;
const UP_AFTER_MS = 60_000;
/** A worker needs its time to start, take its shards and show what it brings. */
const UP_AGAIN_MS = 180_000;
/** Fewer is never urgent: a lull before the next peak costs less than a start. */
const DOWN_AFTER_MS = 600_000;
/** What was too uneven with fewer would be so again. */
const KEEP_MS = 3_600_000;
/** With more to catch up, nobody goes. */
const CALM_SECONDS = 2 * BEHIND_SECONDS;

/** The Horizontal Pod Autoscaler takes no notice of a smaller change (Kubernetes, "Horizontal Pod Autoscaling": tolerance). */
const NOTICED = 0.1;

const clamp = (count: number, shards: number): number => Math.max(1, Math.min(count, shards));

const still = (desired: number) => ({ desired, upMs: 0, upTo: desired, downMs: 0, downTo: desired });

/** What the fleet's opinion begins with, when there is none to go on from: as many as there are. */
export const firstOpinion = ({ workers, shards }: Pick<Fleet, 'workers' | 'shards'>): Opinion => ({
  ...still(clamp(workers, shards)),
  sinceMs: UP_AGAIN_MS,
  keep: 1,
  keepMs: 0,
  why: 'as many as there were at first',
});

/** Goes on from an opinion, `elapsedMs` after it was formed. Pure. */
export const decide = (earlier: Opinion, fleet: Fleet, elapsedMs: number): Opinion => {
  const { desired } = earlier;
  const sinceMs = earlier.sinceMs + elapsedMs;
  const before = { ...earlier, sinceMs, keepMs: Math.max(0, earlier.keepMs - elapsedMs) };
  const obstacle = obstacleOf(fleet);
  const wish = wished(before, fleet);
  if (obstacle !== undefined || wish.to === desired) return { ...before, ...still(desired), why: obstacle ?? wish.why };
  if (wish.to > desired) return up(before, wish, elapsedMs);
  const reason = stays(fleet);
  return reason === undefined ? down(before, wish, elapsedMs) : { ...before, ...still(desired), why: reason };
};

/** What makes any other number pointless, or a guess. */
const obstacleOf = ({ shards, loads, unknown }: Fleet): string | undefined => {
  if (shards === 0) return 'no change: no shard is known to be worked on';
  const sink = loads.find(({ limit }) => limit === 'sink');
  if (sink) return `no change: the sink is the bottleneck, more workers would not help: ${sink.about}`;
  if (unknown > 0) return `no change: the load of ${unknown} of the workers is not known yet`;
  return undefined;
};

/** What keeps a worker from being given up. */
const stays = ({ unowned, loads }: Fleet): string | undefined => {
  if (unowned > 0) return 'no change: shards are changing hands';
  const late = loads.find((load) => load.lagSeconds >= CALM_SECONDS && !isHot(load));
  return late && `no change: ${late.limit === 'wait' ? held(late) : `${seconds(late)} are still to be caught up`}`;
};

interface Wish {
  readonly to: number;
  readonly why: string;
  /** All together have less to do: it is the sharing that asks for so many. */
  readonly isUneven: boolean;
}

/** How many there should be by this moment alone. */
const wished = ({ desired, keep, keepMs }: Opinion, fleet: Fleet): Wish => {
  const { shards, loads, workers } = fleet;
  const need = loads.reduce((sum, load) => sum + load.need, 0);
  const counts = `there is work for ${need.toFixed(2)} workers at full load, on ${shards} ${shards === 1 ? 'shard' : 'shards'}`;
  const behind = loads.find((load) => load.limit === 'worker' && !isHot(load));
  const isTooMuch = need > BUSIEST * desired;
  // Shards are shared by number, not by weight: one worker may have too much where all together have not.
  const isUneven = behind !== undefined && workers >= desired && !isTooMuch;
  if (isTooMuch || isUneven) {
    const why = `${counts}${behind ? `; ${behind.about} is ${seconds(behind)} behind` : ''}`;
    const end = desired >= shards ? '; more workers than shards would have nothing to do' : '';
    const to = clamp(
      isUneven ? desired + 1 + Math.floor(NOTICED * desired) : Math.min(Math.ceil(need / AIM), 2 * desired),
      shards,
    );
    return { to, why: `${why}${end}`, isUneven };
  }
  const fewest = Math.max(keepMs > 0 ? keep : 1, Math.ceil(need / QUIETEST));
  return { to: clamp(Math.min(desired, fewest), shards), why: `${counts}${hot(loads)}`, isUneven };
};

/** A shard that is as slow with any number of workers: at its own limit, or more than one worker can do. */
const isHot = ({ limit, shards }: Load): boolean =>
  limit === 'shard' || limit === 'whale' || (limit === 'worker' && shards === 1);

const seconds = ({ lagSeconds }: Load): string => `${Math.round(lagSeconds)} s`;

/** Of a shard whose worker waits; what for, only that worker knows. */
const held = (load: Load): string =>
  `${load.about} is ${seconds(load)} behind though its worker has time: see there what it waits for, more workers would not help`;

const hot = (loads: readonly Load[]): string => {
  const load = loads.find(isHot);
  const waiting = loads.find(({ limit }) => limit === 'wait');
  if (!load) return waiting ? `; ${held(waiting)}` : '';
  const where = load.limit === 'shard' ? ', and Kinesis gives no more of a shard' : ' and more than one worker can do';
  return `; ${load.about} is ${seconds(load)} behind${where}: more workers would not help that shard, splitting it would`;
};

const up = (before: Opinion, { to, why, isUneven }: Wish, elapsedMs: number): Opinion => {
  const upMs = before.upMs + elapsedMs;
  const upTo = before.upMs > 0 ? Math.min(before.upTo, to) : to;
  const keeping = isUneven ? { keep: upTo, keepMs: KEEP_MS } : {};
  if (upMs >= UP_AFTER_MS && before.sinceMs >= UP_AGAIN_MS)
    return { ...before, ...still(upTo), ...keeping, sinceMs: 0, why: `${before.desired} were too few: ${why}` };
  return { ...before, ...still(before.desired), upMs, upTo, why: `soon ${upTo}: ${why}` };
};

const down = (before: Opinion, { to, why }: Wish, elapsedMs: number): Opinion => {
  const { desired } = before;
  const downMs = before.downMs + elapsedMs;
  const downTo = before.downMs > 0 ? Math.max(before.downTo, to) : to;
  if (downMs < DOWN_AFTER_MS)
    return { ...before, ...still(desired), downMs, downTo, why: `${downTo} if it stays so: ${why}` };
  // One in four at a time: what was measured of many says little of few.
  const least = desired - Math.max(1, Math.floor(desired / 4));
  return { ...before, ...still(Math.max(downTo, least)), sinceMs: 0, why: `${desired} were more than needed: ${why}` };
};
