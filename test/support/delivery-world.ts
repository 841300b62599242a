import type { Message, Transformed } from '../../src/core/message.ts';
import type { SourceRecord } from '../../src/core/page.ts';
import { compareSequenceNumbers, type Position } from '../../src/core/position.ts';
import type { Shard } from '../../src/core/shard.ts';
import { decoder } from '../../src/decode/decoder.ts';
import { memoryLeaseStore } from '../../src/lease/memory/store.ts';
import type { LeaseStore } from '../../src/lease/store.ts';
import { type MemoryTarget, memoryTarget } from '../../src/sink/memory/target.ts';
import { type ManualClock, manualClock, seeded } from './clock.ts';

/** A stream that splits and merges, and everything durable: leases, indices, letters. All workers share it. */
export interface DeliveryWorld {
  readonly clock: ManualClock;
  readonly random: () => number;
  readonly shards: readonly Shard[];
  readonly records: ReadonlyMap<string, readonly SourceRecord[]>;
  readonly leases: LeaseStore;
  readonly target: MemoryTarget;
  /** Ids of the letters that are durable. */
  readonly letters: Set<string>;
  /** The indices answer nothing but 503 until then. */
  outageUntilMs: number;
  /** What broke a promise. */
  readonly broken: string[];
  /** Records that neither an index nor a letter accounts for. */
  owed(shardId: string, upTo?: Position): readonly string[];
}

const ARRIVED_MS = Date.UTC(2026, 0, 2, 3);
export const decode = decoder({ mode: 'ndjson', limitBytes: 1_000_000, maxMessages: 100 });

/** What a message becomes: by its field `n`, nothing, a poison, or up to three documents. */
export const transformOne = ({ value, at }: Message): Transformed => {
  const { id, n } = value as { id: string; n: number };
  if (n % 17 === 3)
    return { poison: { reason: 'transform-threw', detail: '', subSequenceNumber: at.subSequenceNumber } };
  const count = n % 11 === 0 ? 0 : n % 7 === 0 ? 3 : 1;
  const documents = Array.from({ length: count }, (_, i) => ({
    id: i === 0 ? id : `${id}/${i}`,
    timestampMs: ARRIVED_MS + (n % 2) * 86_400_000,
    json: JSON.stringify({ n, i }),
  }));
  return { documents };
};

/** Two shards become one, and one becomes two. */
const SHARDS: readonly Shard[] = [
  ['s0', []],
  ['s1', []],
  ['s2', []],
  ['s3', ['s0']],
  ['s4', ['s0']],
  ['s5', ['s1', 's2']],
].map(([id, parents]) => ({ id: id as string, parents: parents as string[], hashRange: undefined }));

const recordsOf = (shard: string, random: () => number): readonly SourceRecord[] =>
  Array.from({ length: Math.floor(random() * 200) }, (_, i) => {
    const line = () => {
      const n = Math.floor(random() * 1_000);
      const id = random() < 0.1 ? `shared-${Math.floor(random() * 8)}` : `${shard}-${i}-${Math.floor(random() * 1e9)}`;
      return JSON.stringify({ id, n: id.startsWith('shared') ? n % 2 : n });
    };
    const roll = random();
    const text = roll < 0.05 ? 'not json' : roll < 0.1 ? [line(), 'bad', line(), line()].join('\n') : line();
    return { data: Buffer.from(text), sequenceNumber: `${1000 + i}`, arrivedMs: ARRIVED_MS, partitionKey: undefined };
  });

/** Whether everything the record became is durable: each document under its id with its own body, or its letter. */
const isSettled = (
  shard: string,
  record: SourceRecord,
  target: MemoryTarget,
  letters: ReadonlySet<string>,
): boolean => {
  const hasLetter = (sub: number, ordinal: number, reasons: readonly string[]) =>
    reasons.some((reason) => letters.has(`s/${shard}/${record.sequenceNumber}/${sub}/${ordinal}/${reason}`));
  const { messages, poison } = decode(record);
  const isMessageSettled = (message: Message): boolean => {
    const sub = message.at.subSequenceNumber;
    const transformed = transformOne(message);
    if ('poison' in transformed) return hasLetter(sub, 0, [transformed.poison.reason]);
    return transformed.documents.every(({ id = '', json, timestampMs }, ordinal) => {
      const index = `e-${new Date(timestampMs).toISOString().slice(0, 10).replaceAll('-', '.')}`;
      const stored = target.indices.get(index)?.get(id);
      return (
        stored?.source.startsWith(json.slice(0, -1)) ||
        hasLetter(sub, ordinal, ['id-conflict', 'document-repeated-id', 'index-unavailable'])
      );
    });
  };
  return (
    poison.every(({ subSequenceNumber, reason }) => hasLetter(subSequenceNumber, 0, [reason])) &&
    messages.every(isMessageSettled)
  );
};

/** Watches what is written: a checkpoint that passes something owed breaks the first promise. */
const watched = (store: LeaseStore, world: Pick<DeliveryWorld, 'owed' | 'broken'>): LeaseStore => ({
  ...store,
  async save(fence, checkpoint, writeId) {
    const saved = await store.save(fence, checkpoint, writeId);
    const owed = saved ? world.owed(fence.shardId, checkpoint) : [];
    if (owed.length > 0) world.broken.push(`saved ${fence.shardId} ${checkpoint.sequenceNumber}, owed: ${owed}`);
    return saved;
  },
  async finish(fence, children, writeId) {
    const finished = await store.finish(fence, children, writeId);
    const owed = finished ? world.owed(fence.shardId) : [];
    if (owed.length > 0) world.broken.push(`finished ${fence.shardId}, owed: ${owed}`);
    return finished;
  },
});

export const deliveryWorld = (seed: number): DeliveryWorld => {
  const random = seeded(seed);
  const target = memoryTarget();
  const letters = new Set<string>();
  const records = new Map(SHARDS.map(({ id }) => [id, recordsOf(id, random)]));
  const broken: string[] = [];
  const owed: DeliveryWorld['owed'] = (shardId, upTo) =>
    (records.get(shardId) ?? [])
      .filter(
        ({ sequenceNumber }) =>
          upTo?.at !== 'SEQUENCE' || compareSequenceNumbers(sequenceNumber, upTo.sequenceNumber) <= 0,
      )
      .filter((record) => !isSettled(shardId, record, target, letters))
      .map(({ sequenceNumber }) => sequenceNumber);
  const leases = watched(memoryLeaseStore(), { owed, broken });
  return {
    clock: manualClock(),
    random,
    shards: SHARDS,
    records,
    leases,
    target,
    letters,
    broken,
    owed,
    outageUntilMs: 0,
  };
};
