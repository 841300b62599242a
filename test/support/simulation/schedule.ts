import { FAILOVER_MS, type SimulatedWorker, simulateWorker } from './worker.ts';
import { openWorld, type World } from './world.ts';

interface Member {
  readonly worker: SimulatedWorker;
  state: 'runs' | 'frozen' | 'killed' | 'stopping' | 'gone';
  /** When it thaws, or when a stopping one may drain no longer. */
  untilMs: number;
}

/** Strokes of fate, records and reshards end after this time. */
const FATE_MS = 9_000;
const STEP_MS = 250;
/** All must be done and even so long after the last stroke. */
const RECOVERY_MS = 40_000;
const STOP_MS = 20_000;
const SHUTDOWN_MS = 1_000;

const openFleet = (world: World) => {
  const { random, clock, broken } = world;
  const members: Member[] = [];
  const alive = () => members.filter(({ state }) => state === 'runs' || state === 'frozen');

  const join = (): void => {
    const worker = simulateWorker(`w${members.length}`, world);
    const member: Member = { worker, state: 'runs', untilMs: 0 };
    worker.ended.then(
      () => {
        if (member.state !== 'stopping') broken.push(`${worker.id} ended by itself`);
        if (worker.budget.heldBytes() !== 0) broken.push(`${worker.id} still holds ${worker.budget.heldBytes()} bytes`);
        member.state = 'gone';
      },
      (thrown: unknown) => broken.push(`${worker.id} broke: ${thrown instanceof Error ? thrown.stack : thrown}`),
    );
    members.push(member);
  };

  const stop = (member: Member): void => {
    member.worker.stop.abort();
    Object.assign(member, { state: 'stopping', untilMs: clock.now() + SHUTDOWN_MS });
  };

  const strike = (member: Member): void => {
    const { worker } = member;
    const roll = random();
    if (roll < 0.25) {
      worker.gate.freeze();
      member.state = 'killed';
    } else if (roll < 0.55) {
      worker.gate.freeze();
      Object.assign(member, { state: 'frozen', untilMs: clock.now() + random() * 3.3 * FAILOVER_MS });
    } else if (roll < 0.7) stop(member);
    else if (roll < 0.9) worker.cutUntilMs = clock.now() + random() * 2 * FAILOVER_MS;
    else if (roll < 0.95) world.weather.tableDownUntilMs = clock.now() + random() * 2 * FAILOVER_MS;
    else world.weather.sinkDownUntilMs = clock.now() + random() * FAILOVER_MS;
  };

  /** What is due by now, and what must be true at any time. */
  const settle = (): void => {
    const nowMs = clock.now();
    for (const member of members) {
      const { worker, state, untilMs } = member;
      if (state === 'frozen' && nowMs >= untilMs) {
        worker.gate.thaw();
        member.state = 'runs';
      }
      if (state === 'stopping' && nowMs >= untilMs) worker.drainDeadline.abort();
    }
  };

  const check = (): void => {
    const owners = new Map<string, string>();
    for (const { worker } of members) {
      for (const { shard } of worker.gate.frozen ? [] : worker.live()) {
        const other = owners.get(shard.id);
        if (other !== undefined) broken.push(`${other} and ${worker.id} both work on ${shard.id}`);
        owners.set(shard.id, worker.id);
      }
    }
    if (broken.length > 0) throw new Error(`${[...new Set(broken)].join('; ')} (at ${clock.now()} ms)`);
  };

  return {
    join,
    stop,
    alive,
    strikeAny: () => {
      const able = members.filter(({ state }) => state === 'runs');
      const member = able[Math.floor(random() * able.length)];
      if (member) strike(member);
      if (alive().length < 2) join();
    },
    step: async (ms = STEP_MS) => {
      await clock.run(ms);
      check();
      settle();
    },
    stopping: () => members.filter(({ state }) => state === 'stopping'),
  };
};

/** Why the world is not as it should be yet: everything accounted for, finished, saved, owned and shared evenly. */
const unfinished = async (world: World, workers: readonly SimulatedWorker[]): Promise<string | undefined> => {
  const rows = await world.rows();
  const counts = new Map(workers.map(({ id }) => [id, 0]));
  for (const { shard, closedMs, records } of world.stream.shards) {
    const row = rows.get(shard.id);
    const owed = world.owed(shard.id);
    if (!row || owed) return `${shard.id} owes ${owed ?? 'everything'}`;
    if (closedMs < Number.POSITIVE_INFINITY) {
      if (row.checkpoint.at !== 'SHARD_END') return `${shard.id} is not finished`;
      continue;
    }
    const last = records.at(-1)?.record.sequenceNumber;
    if (last && !(row.checkpoint.at === 'SEQUENCE' && row.checkpoint.sequenceNumber === last))
      return `${shard.id} is not saved at ${last}`;
    const count = counts.get(row.owner ?? '');
    if (count === undefined) return `${shard.id} belongs to ${row.owner}`;
    counts.set(row.owner ?? '', count + 1);
  }
  const shares = [...counts.values()];
  return Math.max(...shares) - Math.min(...shares) > 1 ? `the shares are ${shares}` : undefined;
};

/** Lives through one schedule of failures and recovers from it; rejects with what went wrong, resolves with how it ended. */
export const runSchedule = async (seed: number): Promise<string> => {
  const world = openWorld(seed, FATE_MS);
  const { clock, random, weather, broken } = world;
  const fleet = openFleet(world);
  const fate = random() * 0.25;
  fleet.join();
  for (let more = Math.floor(random() * 3); more > 0; more -= 1) fleet.join();
  while (clock.now() < FATE_MS) {
    await fleet.step();
    if (random() < fate) fleet.strikeAny();
    if (random() < 0.02 && fleet.alive().length < 4) fleet.join();
  }
  Object.assign(weather, { faults: 0, slow: 1, tableDownUntilMs: 0, sinkDownUntilMs: 0 });
  const workers = () => fleet.alive().map(({ worker }) => worker);
  for (const worker of workers()) worker.cutUntilMs = 0;
  const healedMs = clock.now();
  for (let why: string | undefined = 'not looked yet'; why !== undefined; ) {
    await fleet.step();
    const isFrozen = fleet.alive().some(({ state }) => state === 'frozen');
    // What the last strokes did to a lease shows within the failover time.
    const isFresh = clock.now() - healedMs <= FAILOVER_MS;
    why = isFrozen || isFresh ? 'too early to tell' : await unfinished(world, workers());
    if (why && clock.now() - healedMs > RECOVERY_MS + 3.3 * FAILOVER_MS) throw new Error(`it does not recover: ${why}`);
  }
  const owners = new Set(workers().map(({ id }) => id));
  for (const member of fleet.alive()) fleet.stop(member);
  const stoppedMs = clock.now();
  while (fleet.stopping().length > 0) {
    await fleet.step();
    if (clock.now() - stoppedMs > STOP_MS) throw new Error('a worker does not end');
  }
  const left = [...(await world.rows()).values()].find(
    ({ owner, checkpoint }) => owner && owners.has(owner) && checkpoint.at !== 'SHARD_END',
  );
  if (left) broken.push(`${left.owner} ended well and kept ${left.shardId}`);
  if (broken.length > 0) throw new Error(broken.join('; '));
  return JSON.stringify([clock.now(), random(), [...(await world.rows()).values()]]);
};
