import type { Random } from '../../../src/core/clock.ts';
import { compareSequenceNumbers, type Position } from '../../../src/core/position.ts';
import { memoryLeaseStore } from '../../../src/lease/memory/store.ts';
import type { Fence, LeaseRow, LeaseStore } from '../../../src/lease/store.ts';
import { type MemoryTarget, memoryTarget } from '../../../src/sink/memory/target.ts';
import { seeded } from '../clock.ts';
import { type SimulationClock, simulationClock } from './clock.ts';
import type { Weather } from './network.ts';
import { type SimulatedStream, simulatedStream } from './stream.ts';

/** Everything outside the workers: time, stream, table, indices and letters. */
export interface World {
  readonly clock: SimulationClock;
  readonly random: Random;
  readonly weather: Weather;
  readonly stream: SimulatedStream;
  readonly table: LeaseStore;
  readonly target: MemoryTarget;
  /** Records of which a letter is durable, as `shard/sequence number`. */
  readonly letters: Set<string>;
  /** Whatever broke a promise, as it happened. */
  readonly broken: string[];
  rows(): Promise<ReadonlyMap<string, LeaseRow>>;
  /** The first record up to a position, or of all, that neither an index nor a letter accounts for. */
  owed(shardId: string, upTo?: Position): string | undefined;
}

const INDEX = 'e-2026.01.02';
const never = new AbortController().signal;

const openAccounts = (stream: SimulatedStream, target: MemoryTarget, letters: ReadonlySet<string>): World['owed'] => {
  /** What is durable stays so: each record is looked at until it is. */
  const accounted = new Map<string, number>();
  return (shardId, upTo) => {
    const records = stream.shards.find(({ shard }) => shard.id === shardId)?.records ?? [];
    for (let at = accounted.get(shardId) ?? 0; ; at += 1) {
      accounted.set(shardId, at);
      const next = records[at];
      if (!next) return undefined;
      const { sequenceNumber } = next.record;
      if (upTo?.at === 'SEQUENCE' && compareSequenceNumbers(sequenceNumber, upTo.sequenceNumber) > 0) return undefined;
      const stored = next.document && target.indices.get(INDEX)?.get(next.document.id)?.source;
      const own = next.document?.json.slice(0, -1);
      if (!letters.has(`${shardId}/${sequenceNumber}`) && !(own && stored?.startsWith(own))) return sequenceNumber;
    }
  };
};

/** Sees every write to the table as it lands, and notes what nobody had a right to. */
const watched = (table: LeaseStore, world: Pick<World, 'broken' | 'rows' | 'owed' | 'stream'>): LeaseStore => {
  const { broken, rows, owed, stream } = world;
  const byHolder = async (
    does: string,
    { shardId, owner }: Fence,
    write: () => Promise<boolean>,
    check: (before: LeaseRow | undefined, all: ReadonlyMap<string, LeaseRow>) => void = () => {},
  ) => {
    const all = await rows();
    const before = all.get(shardId);
    const done = await write();
    if ((await rows()).get(shardId)?.counter === before?.counter) return done;
    if (before?.owner !== owner) broken.push(`${owner} ${does} ${shardId}, which ${before?.owner} holds`);
    check(before, all);
    return done;
  };
  return {
    ...table,
    take: async (seen, owner, startMs, id) => {
      const done = await table.take(seen, owner, startMs, id);
      const all = await rows();
      const begun = seen.parents.find((parent) => done && all.get(parent)?.checkpoint.at !== 'SHARD_END');
      if (begun !== undefined) broken.push(`${owner} takes ${seen.shardId} before ${begun} is done`);
      return done;
    },
    renew: (fence, id) => byHolder('renews', fence, () => table.renew(fence, id)),
    release: (fence, id) => byHolder('releases', fence, () => table.release(fence, id)),
    assign: (fence, to, id) => byHolder('assigns', fence, () => table.assign(fence, to, id)),
    save: (fence, to, id) =>
      byHolder(
        'saves',
        fence,
        () => table.save(fence, to, id),
        (before) => {
          const { shardId } = fence;
          const from = before?.checkpoint;
          if (from?.at === 'SHARD_END') broken.push(`${shardId} is saved after its end`);
          if (from?.at === 'SEQUENCE' && compareSequenceNumbers(to.sequenceNumber, from.sequenceNumber) < 0)
            broken.push(`${shardId} is saved backwards, from ${from.sequenceNumber} to ${to.sequenceNumber}`);
          const lost = owed(shardId, to);
          if (lost) broken.push(`${shardId} is saved at ${to.sequenceNumber} and owes ${lost}`);
        },
      ),
    finish: (fence, children, id) =>
      byHolder(
        'finishes',
        fence,
        () => table.finish(fence, children, id),
        (_, all) => {
          const { shardId } = fence;
          const lost = owed(shardId);
          if (lost) broken.push(`${shardId} is finished and owes ${lost}`);
          for (const child of stream.childrenOf(shardId))
            if (!all.has(child.id)) broken.push(`${shardId} is finished before ${child.id} has a lease`);
        },
      ),
  };
};

/** A world of its own for each seed. `untilMs`: when records and reshards end. */
export const openWorld = (seed: number, untilMs: number): World => {
  const random = seeded(seed);
  const stream = simulatedStream(random, untilMs);
  const target = memoryTarget();
  const letters = new Set<string>();
  const broken: string[] = [];
  const bare = memoryLeaseStore();
  const rows: World['rows'] = async () =>
    new Map((await bare.list(never)).rows.map((row) => [row.shardId, row] as const));
  const owed = openAccounts(stream, target, letters);
  const table = watched(bare, { broken, rows, owed, stream });
  const weather: Weather = {
    faults: random() * 15,
    slow: [1, 5, 25][Math.floor(random() * 3)] ?? 1,
    tableDownUntilMs: 0,
    sinkDownUntilMs: 0,
  };
  return { clock: simulationClock(), random, weather, stream, table, target, letters, broken, rows, owed };
};
