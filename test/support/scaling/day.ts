import { shareOut } from '../../../src/lease/share.ts';
import type { Sample } from '../../../src/scaling/load.ts';
import { openMeter } from '../../../src/scaling/meter.ts';
import { openOpinion, type Scaling } from '../../../src/scaling/opinion.ts';

/** What happens around the fleet; times in seconds since the beginning. */
export interface Day {
  readonly seconds: number;
  /** The shards that are there. */
  readonly shards: (atSeconds: number) => readonly string[];
  /** Records a second that arrive on a shard. */
  readonly rate: (shard: string, atSeconds: number) => number;
  /** Records a second that OpenSearch takes of all workers together. */
  readonly sink?: (atSeconds: number) => number;
  /** Records a second that Kinesis gives of all shards together. */
  readonly source?: (atSeconds: number) => number;
  /** Records a second that one worker can do. */
  readonly worker?: number;
  /** Records a second that can be read of one shard. */
  readonly shard?: number;
  readonly workersAtFirst?: number;
  /** How far behind the shards are at first. */
  readonly lagAtFirst?: number;
  /** All workers are replaced by new ones, one more at a time, at these times. */
  readonly deploys?: readonly number[];
  /** Workers that tell nothing between these times. */
  readonly silent?: readonly [number, number];
}

export interface DayResult {
  /** The desired number whenever it changed. */
  readonly changes: readonly { readonly atSeconds: number; readonly desired: number; readonly why: string }[];
  /** The largest lag of any shard in each minute, seconds. */
  readonly lags: readonly number[];
  readonly workerHours: number;
  /** What it would be with exactly as many as are needed to keep up, each two thirds busy. */
  readonly leastWorkerHours: number;
  /** Moments at which workers told of different numbers for longer than a row takes to travel. */
  readonly disagreements: number;
  readonly last: Scaling | undefined;
}

const STEP = 5;
const SHOW_EVERY = 15;
const FOLLOW_EVERY = 60;
const START_TAKES = 75;
const IDLE_SHARE = 0.02;
const endless = () => Number.POSITIVE_INFINITY;

interface Member {
  readonly id: string;
  readonly since: number;
  activeMs: number;
  sent: number;
  resent: number;
  keptBack: boolean;
  blocked: string | undefined;
  readonly records: Map<string, number>;
  readonly meter: ReturnType<typeof openMeter>;
  readonly opinion: ReturnType<typeof openOpinion>;
}

/** A fleet of workers on a stream, followed by a scaler as slow as the real ones. Time is moved by hand. */
export const playDay = (day: Day): DayResult => {
  const { worker: power = 1_000, shard: readLimit = 2_000, sink = endless, source = endless } = day;
  let now = 0;
  let names = 0;
  let members: Member[] = [];
  let starting: number[] = [];
  const rows = new Map<string, string>();
  const owners = new Map<string, string>();
  /** Up to where each shard is worked through, in seconds of the stream. */
  const reached = new Map<string, number>();
  const rateAt = (shard: string, at: number) => day.rate(shard, Math.max(0, at));

  const join = () => {
    names += 1;
    // Names are by chance, as those of hosts are: the newest may be the first.
    const id = `w-${((names * 7_919) % 1_000).toString().padStart(3, '0')}`;
    const meter = openMeter();
    const opinion = openOpinion({ me: id, load: meter.load, now: () => now * 1_000 });
    const counts = { activeMs: 0, sent: 0, resent: 0, keptBack: false, blocked: undefined, records: new Map() };
    members.push({ id, since: now, ...counts, meter, opinion });
  };
  const leave = (member: Member) => {
    members = members.filter((other) => other !== member);
    rows.delete(member.id);
    for (const [shard, owner] of owners) if (owner === member.id) owners.delete(shard);
  };

  const shareLeases = (shards: readonly string[]) => {
    for (const shard of [...owners.keys()]) if (!shards.includes(shard)) owners.delete(shard);
    const leases = shards.map((shardId) => ({ shardId, owner: owners.get(shardId) }));
    const { free, moves } = shareOut({ leases, workers: members.map(({ id }) => id) });
    for (const [shard, owner] of free) owners.set(shard, owner);
    for (const { from, to } of moves) {
      const shard = [...owners].find(([, owner]) => owner === from)?.[0];
      if (shard) owners.set(shard, to);
    }
    for (const { id, records } of members)
      for (const shard of [...records.keys()]) if (owners.get(shard) !== id) records.delete(shard);
  };

  /** Works through a shard with so many records at the most; returns how many there were. */
  const advance = (shard: string, most: number): number => {
    let at = reached.get(shard) ?? now;
    let done = 0;
    const end = now + STEP;
    while (at < end && done < most) {
      const chunk = Math.min(STEP, end - at);
      const rate = rateAt(shard, at);
      const taken = Math.min(rate * chunk, most - done);
      done += taken;
      at += rate > 0 ? taken / rate : chunk;
    }
    reached.set(shard, Math.min(at, end));
    return done;
  };

  const waiting = (shard: string): number =>
    rateAt(shard, reached.get(shard) ?? now) * (now + STEP - (reached.get(shard) ?? now));

  const work = (sinkShare: number): void => {
    for (const member of members) {
      const mine = [...owners].filter(([, owner]) => owner === member.id).map(([shard]) => shard);
      const cpu = power * STEP;
      const most = Math.min(cpu, sinkShare * STEP);
      let left = most;
      // Fairly: the least first, what they leave is for the others.
      const sorted = mine.sort((a, b) => waiting(a) - waiting(b));
      let done = 0;
      for (const [at, shard] of sorted.entries()) {
        const given = Math.min(readLimit, source(now) / owners.size) * STEP;
        const got = advance(shard, Math.min(given, left / (sorted.length - at)));
        member.records.set(shard, (member.records.get(shard) ?? 0) + got);
        left -= got;
        done += got;
      }
      const isShort = sinkShare * STEP < cpu && left < most * 0.01 && mine.length > 0;
      member.activeMs += STEP * 1_000 * Math.min(1, IDLE_SHARE + done / cpu);
      member.sent += done + (isShort ? done * 0.2 : 0);
      member.resent += isShort ? done * 0.2 : 0;
      member.keptBack = left < most * 0.01;
      member.blocked = sinkShare === 0 && mine.length > 0 ? 'OpenSearch does not answer' : undefined;
    }
  };

  const lagOf = (shard: string): number => Math.max(0, now - (reached.get(shard) ?? now));
  const look = (member: Member): Sample => ({
    atMs: now * 1_000,
    activeMs: member.activeMs,
    shards: new Map(
      [...member.records].map(([shard, records]) => [
        shard,
        { lagSeconds: lagOf(shard), records, bytes: (records * 2_000_000) / readLimit },
      ]),
    ),
    sent: member.sent,
    resent: member.resent,
    blocked: member.blocked,
    keptBack: member.keptBack,
    fullPace: sink(now) === Number.POSITIVE_INFINITY,
  });

  const talk = (shards: readonly string[]) => {
    const workers = members.map(({ id }) => id).sort();
    const view = { workers, owners: shards.map((shard) => owners.get(shard)) };
    for (const member of members) {
      member.meter.take(now * 1_000, () => look(member));
      member.opinion.heard({ ...view, tells: new Map([...rows].filter(([id]) => id !== member.id)) });
      const isSilent = day.silent && now >= day.silent[0] && now < day.silent[1];
      if (isSilent) rows.set(member.id, '{}');
      else if ((now - member.since) % SHOW_EVERY === 0) rows.set(member.id, member.opinion.tell());
    }
  };

  const follow = (desired: number) => {
    const missing = desired - members.length - starting.length;
    for (let i = 0; i < missing; i += 1) starting.push(now + START_TAKES);
    if (missing < 0) for (const gone of members.slice(0, -missing)) leave(gone);
  };

  for (let i = 0; i < (day.workersAtFirst ?? 1); i += 1) join();
  for (const shard of day.shards(0)) reached.set(shard, -(day.lagAtFirst ?? 0));
  const changes: { atSeconds: number; desired: number; why: string }[] = [];
  const lags: number[] = [];
  let workerSeconds = 0;
  let leastSeconds = 0;
  let disagreements = 0;
  let differSince: number | undefined;
  let replacing: Member[] = [];
  while (now < day.seconds) {
    const shards = day.shards(now);
    for (const shard of shards) if (!reached.has(shard)) reached.set(shard, now);
    for (const at of starting) if (at <= now) join();
    starting = starting.filter((at) => at > now);
    if (day.deploys?.includes(now)) replacing = [...members];
    const next = replacing[0];
    // A new one first, then an old one goes, every minute.
    if (next && now % 60 === 0) {
      join();
      leave(next);
      replacing = replacing.slice(1);
    }
    shareLeases(shards);
    work(sink(now) / members.length);
    now += STEP;
    talk(shards);
    const said = new Set(members.flatMap(({ opinion }) => opinion.status()?.desired ?? []));
    differSince = said.size > 1 ? (differSince ?? now) : undefined;
    if (differSince !== undefined && now - differSince > 2 * SHOW_EVERY) disagreements += 1;
    const desired = Math.max(...said);
    if (said.size > 0 && now % FOLLOW_EVERY === 0 && replacing.length === 0) follow(desired);
    const status = members.map(({ opinion }) => opinion.status()).find((one) => one?.desired === desired);
    if (status && changes.at(-1)?.desired !== desired) changes.push({ atSeconds: now, desired, why: status.why });
    if (now % 60 === 0) lags.push(Math.max(0, ...shards.map(lagOf)));
    workerSeconds += STEP * (members.length + starting.length);
    const total = shards.reduce((sum, shard) => sum + rateAt(shard, now), 0);
    leastSeconds += STEP * Math.max(1, Math.min(shards.length, Math.ceil(total / (power * 0.65))));
  }
  const last = members[0]?.opinion.status();
  return {
    changes,
    lags,
    workerHours: workerSeconds / 3_600,
    leastWorkerHours: leastSeconds / 3_600,
    disagreements,
    last,
  };
};
