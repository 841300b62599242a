import { describe, expect, it } from 'vitest';
import { type Delivery, documentOf } from '../../src/core/delivery.ts';
import type { HeldLease } from '../../src/core/lease.ts';
import { silentLog } from '../../src/core/log.ts';
import type { Message, Transformed } from '../../src/core/message.ts';
import type { SourceRecord } from '../../src/core/page.ts';
import { compareSequenceNumbers, type Position, sequencePosition, TRIM_HORIZON } from '../../src/core/position.ts';
import type { Source } from '../../src/core/source.ts';
import { letterId } from '../../src/dead-letter/envelope.ts';
import { Letterbox } from '../../src/dead-letter/letterbox.ts';
import { decoder } from '../../src/decode/decoder.ts';
import { workerBudget } from '../../src/pipeline/budget.ts';
import { letterOfDelivery } from '../../src/pipeline/letters.ts';
import { shardWork } from '../../src/pipeline/shard.ts';
import { BulkWriter } from '../../src/sink/bulk-writer.ts';
import { indexNamer } from '../../src/sink/index-pattern.ts';
import { type MemoryTarget, memoryTarget } from '../../src/sink/memory/target.ts';
import { prepare } from '../../src/sink/prepare.ts';
import { type ManualClock, manualClock, seeded } from '../support/clock.ts';
import { unobserved } from '../support/unobserved.ts';

/**
 * P1 and P2 on random schedules: slow and failing sinks, failing dead-letter disks, poison, duplicates, conflicting
 * ids, crashes at any moment and lost leases. Checked at every save: all up to it is indexed or durably dead-lettered.
 * A proxy that refuses everything makes no dead letter.
 */

const ARRIVED_MS = Date.UTC(2026, 0, 2, 3);
const SCHEDULES = 250;

type Random = () => number;

interface World {
  readonly random: Random;
  readonly clock: ManualClock;
  readonly records: readonly SourceRecord[];
  readonly target: MemoryTarget;
  /** letter ids that are durable */
  readonly letters: Set<string>;
  /** per sequence number: what became of it is asked from the world's durable state */
  checkpoint: Position;
  duplicates: number;
  indexed: number;
}

const recordsOf = (random: Random): SourceRecord[] =>
  Array.from({ length: 20 + Math.floor(random() * 200) }, (_, i) => {
    const roll = random();
    const id = roll < 0.1 ? `twice-${Math.floor(random() * 10)}` : `e${i}`;
    const body = roll < 0.05 ? 'poison' : roll < 0.1 ? `{"id":"${id}","n":${i % 2}}` : `{"id":"${id}","n":${i}}`;
    const text = roll > 0.95 ? `${body}\n{"id":"${id}-b","n":1}\nbad` : body;
    return { data: Buffer.from(text), sequenceNumber: `${1000 + i}`, arrivedMs: ARRIVED_MS, partitionKey: undefined };
  });

const sourceOf = (world: World, budget: ReturnType<typeof workerBudget>): Source => ({
  async *read(shard, from, signal) {
    const after = (record: SourceRecord) =>
      from.at !== 'SEQUENCE' || compareSequenceNumbers(record.sequenceNumber, from.sequenceNumber) > 0;
    const rest = world.records.filter(after);
    for (let at = 0; at <= rest.length; ) {
      const records = rest.slice(at, at + 1 + Math.floor(world.random() * 40));
      at += Math.max(1, records.length);
      const bytes = records.reduce((sum, { data }) => sum + data.byteLength, 0);
      const charge = await budget.reserve(shard.id, bytes, signal);
      if (!charge) return;
      yield { records, bytes, behindMs: 0, children: at >= rest.length ? [] : undefined, charge };
      if (at >= rest.length) return;
      await world.clock.sleep(Math.floor(world.random() * 50), signal);
      if (signal.aborted) return;
    }
  },
});

/** Two days: one of them has an index that is sick now and then. */
const placeOf = (value: unknown) => {
  const { id, n } = value as { id: string; n: number };
  return { id, timestampMs: ARRIVED_MS - (n % 3 === 0 ? 86_400_000 : 0) };
};

const transform = (messages: readonly Message[], start: number): readonly Transformed[] =>
  messages.slice(start, start + 7).map(({ bytes, value }) => ({
    documents: [{ ...placeOf(value), json: Buffer.from(bytes).toString() }],
  }));

/** Whether everything the record became is durable: each of its documents stored or its letter kept. */
const isSettled = (world: World, record: SourceRecord): boolean => {
  const { messages, poison } = decode(record);
  const letterOf = (sub: number, reasons: readonly string[]) =>
    reasons.some((reason) => world.letters.has(`s/shard/${record.sequenceNumber}/${sub}/0/${reason}`));
  return (
    poison.every(({ subSequenceNumber, reason }) => letterOf(subSequenceNumber, [reason])) &&
    messages.every(({ at, value, bytes }) => {
      const { id, timestampMs } = placeOf(value);
      const stored = world.target.indices.get(timestampMs === ARRIVED_MS ? 'e-2026.01.02' : 'e-2026.01.01')?.get(id);
      const own = Buffer.from(bytes).toString().trimEnd().slice(0, -1);
      return stored?.source.startsWith(own) || letterOf(at.subSequenceNumber, ['id-conflict', 'index-unavailable']);
    })
  );
};

const decode = decoder({ mode: 'ndjson', limitBytes: 1_000_000, maxMessages: 100 });

/** One life of a worker: from the checkpoint until it finishes, loses its lease or crashes. */
const live = async (world: World): Promise<'finished' | 'ended'> => {
  const { clock, random, target } = world;
  const dead = new AbortController();
  const lost = new AbortController();
  const stop = new AbortController();
  const budgetBytes = 2_000 + random() * 20_000;
  const budget = workerBudget(budgetBytes, () => 1);
  const letterbox = new Letterbox({
    target: {
      async put(letters) {
        await clock.sleep(Math.floor(random() * 30));
        if (dead.signal.aborted || random() < 0.3) throw new Error('disk');
        return letters.map((letter) => {
          if (random() < 0.1) return 'throttled';
          world.letters.add(letterId(letter));
          return undefined;
        });
      },
      async close() {},
    },
    maxLetters: 5,
    maxBytes: 10_000,
    backoff: { firstMs: 10, maxMs: 100 },
    clock,
    random,
    log: silentLog,
  });
  const writer = new BulkWriter({
    target,
    limits: { maxBytes: 3_000, maxDocuments: 1 + Math.floor(random() * 50), maxAgeMs: 20 },
    maxInFlight: 3,
    backoff: { firstMs: 10, maxMs: 200 },
    retryForMs: 1_500,
    settle: (settled, outcome) => {
      checkLines(settled);
      for (const delivery of settled) {
        const { ticket, recordIndex, lost } = delivery;
        if (outcome.status === 'rejected') {
          const letter = letterOfDelivery('s', delivery, outcome);
          letterbox.post({ letter, lost, onDurable: () => ticket.settle(recordIndex) });
          continue;
        }
        if (outcome.status === 'indexed') world.indexed += 1;
        else world.duplicates += 1;
        ticket.settle(recordIndex);
      }
    },
    observe: unobserved,
    clock,
    random,
    log: silentLog,
  });
  const held: HeldLease = {
    shard: { id: 'shard', parents: [], hashRange: undefined },
    position: world.checkpoint,
    lost: lost.signal,
    async save(position) {
      await clock.sleep(Math.floor(random() * 20));
      if (dead.signal.aborted || random() < 0.1) throw new Error('throttled');
      if (lost.signal.aborted) return 'lost';
      checkSaved(world, position);
      world.checkpoint = position;
      return 'saved';
    },
    async finish() {
      checkSaved(world, sequencePosition(world.records.at(-1)?.sequenceNumber ?? '0'));
      return 'saved';
    },
  };
  const work = shardWork({
    source: sourceOf(world, budget),
    stages: {
      stream: 's',
      decode,
      transform,
      prepare: prepare({ stream: 's', indexName: indexNamer('e-{yyyy.MM.dd}'), pastMs: Infinity, futureMs: 0 }),
      submit: (deliveries) => writer.submit(deliveries),
      room: (signal) => writer.room(signal),
      post: (letter, ticket, recordIndex, lostSignal) =>
        letterbox.post({ letter, lost: lostSignal, onDurable: () => ticket.settle(recordIndex) }),
      crowded: () => budget.heldBytes() > budgetBytes,
      clock,
    },
    expectMore: () => writer.expectMore(),
    checkpointIntervalMs: 40,
    drainDeadline: dead.signal,
    observe: { saved() {}, failed() {}, running() {} },
    clock,
    random,
    log: silentLog,
  });
  const running = [writer.run(), letterbox.run()];
  let end: string | undefined;
  const working = work(held, stop.signal).then((how) => (end = how));
  const diesAt = random() < 0.7 ? clock.now() + random() * 1_500 : Infinity;
  for (let i = 0; end === undefined; i += 1) {
    if (i > 20_000) throw new Error('the worker stands still');
    await clock.tick(10);
    if (clock.now() > diesAt) (random() < 0.3 ? lost : random() < 0.5 ? stop : dead).abort();
    if (dead.signal.aborted) break;
  }
  // A crash: from here on nothing of this life may reach the world.
  dead.abort();
  lost.abort();
  writer.close();
  letterbox.close();
  await clock.tick(5_000);
  await Promise.all([...running, working]);
  if (end !== undefined) expect(budget.heldBytes()).toBe(0);
  return end === 'finished' ? 'finished' : 'ended';
};

const checkSaved = (world: World, position: Position): void => {
  if (position.at !== 'SEQUENCE') return;
  for (const record of world.records) {
    if (compareSequenceNumbers(record.sequenceNumber, position.sequenceNumber) > 0) return;
    if (!isSettled(world, record))
      throw new Error(`saved ${position.sequenceNumber}, but ${record.sequenceNumber} is owed`);
  }
};

/** Lines that were given back too soon are not to be had any more. */
const checkLines = (deliveries: readonly Delivery[]): void => {
  for (const each of deliveries)
    if (!documentOf(each).startsWith(`{"id":"${each.id}",`)) throw new Error(`the lines of ${each.id} are not its own`);
};

const faulty = (target: MemoryTarget, random: Random, clock: ManualClock): MemoryTarget => {
  const { write, digests } = target;
  const rate = random() * 0.4;
  const spellMs = random() * 400;
  target.failRequest = (batch) => {
    // A proxy that now and then refuses everything for a while: no document's fault.
    if (clock.now() % 1_000 < spellMs) return { split: '400', tooLarge: false };
    if (random() > rate) return undefined;
    const roll = random();
    if (roll < 0.4) return { retry: '503' };
    if (roll < 0.6) return { hold: '401' };
    return batch.length > 1 ? { split: '413', tooLarge: true } : { retry: '429', afterMs: 30 };
  };
  const sickMs = random() * 3_000;
  target.failItem = ({ index }) => {
    if (index.endsWith('.01') && clock.now() % 4_000 < sickMs) return { status: 'sick', why: '503' };
    return random() < rate ? { status: 'retry', why: '429' } : undefined;
  };
  target.failDigests = () => (random() < rate ? new Error('busy') : undefined);
  target.write = async (batch, signal) => {
    checkLines(batch);
    await clock.sleep(Math.floor(random() * 40));
    const answer = await write(batch, signal);
    // The answer is lost on the way back: what was written stays written.
    return random() < rate / 4 ? { retry: 'ECONNRESET' } : answer;
  };
  target.digests = async (batch, signal) => {
    await clock.sleep(Math.floor(random() * 20));
    return digests(batch, signal);
  };
  return target;
};

const schedule = async (seed: number): Promise<void> => {
  const random = seeded(seed);
  const clock = manualClock();
  const target = faulty(memoryTarget(), random, clock);
  const world: World = {
    random,
    clock,
    records: recordsOf(random),
    target,
    letters: new Set(),
    checkpoint: TRIM_HORIZON,
    duplicates: 0,
    indexed: 0,
  };
  for (let life = 0; (await live(world)) !== 'finished'; life += 1)
    if (life > 200) throw new Error('it never finishes');
  const owed = world.records.filter((record) => !isSettled(world, record));
  expect(owed.map(({ sequenceNumber }) => sequenceNumber)).toEqual([]);
  expect([...world.letters].filter((id) => id.includes('/sink-'))).toEqual([]);
};

describe('delivery on random schedules', () => {
  it(`loses nothing and stands still never, in ${SCHEDULES} of them`, { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= SCHEDULES; seed += 1) {
      await schedule(seed).catch((thrown: unknown) => {
        throw new Error(`seed ${seed}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
          cause: thrown,
        });
      });
    }
  });
});
