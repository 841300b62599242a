import { openTracker } from '../checkpoint/tracker.ts';
import type { Config } from '../config/tree.ts';
import { breathe } from '../core/breathe.ts';
import type { Clock } from '../core/clock.ts';
import type { Ticket } from '../core/delivery.ts';
import type { DeadLetter, EarlierFailure } from '../core/letter.ts';
import type { Decoded, Transform } from '../core/message.ts';
import type { Page, SourceRecord } from '../core/page.ts';
import { workerBudget } from '../pipeline/budget.ts';
import { walkPage } from '../pipeline/page.ts';
import type { PageStages } from '../pipeline/walk.ts';
import type { SinkSide, Totals } from './sink.ts';
import { documentStages } from './stages.ts';

/** A record, or one message of it, that is delivered without a lease. */
export interface OfflineRecord {
  readonly shard: string;
  readonly record: SourceRecord;
  /** Where in its record the first message stands: its data may be one message's own bytes. */
  readonly subSequenceNumber: number;
  /** What its letters say of earlier failures. */
  readonly history?: readonly EarlierFailure[] | undefined;
}

/** Told once all of a record is settled, with the letters that it became: they are durable. */
export type OnSettled = (letters: readonly DeadLetter[]) => void;

/** Sends a record on its way as soon as there is room for it; not at all after the stop. */
export type Deliver = (record: OfflineRecord, onSettled: OnSettled) => Promise<void>;

/** A page of its own costs a record this beside its bytes. */
const RECORD_OVERHEAD_BYTES = 2_000;
/** The event loop may be kept from everything else for so long, milliseconds. */
const SLICE_MS = 20;
/** Shards take equal shares of the budget: here all of them are one. */
const SHARE = 'offline';

const shifted = ({ messages, poison }: Decoded, by: number): Decoded => ({
  messages: messages.map((message) => ({
    ...message,
    at: { ...message.at, subSequenceNumber: message.at.subSequenceNumber + by },
  })),
  poison: poison.map((each) => ({ ...each, subSequenceNumber: each.subSequenceNumber + by })),
});

/** What decodes one message's own bytes as the message that it was within its record. */
export const stagesAt = (stages: PageStages, subSequenceNumber: number): PageStages =>
  subSequenceNumber === 0
    ? stages
    : { ...stages, decode: (record) => shifted(stages.decode(record), subSequenceNumber) };

/** What is kept of a record until it is settled. */
export interface OnTheWay {
  readonly history: readonly EarlierFailure[] | undefined;
  readonly letters: DeadLetter[];
}

interface WalkParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly stream: string;
  readonly sink: SinkSide;
  readonly totals: Totals;
  readonly transform: Transform;
  readonly underWay: WeakMap<Ticket, OnTheWay>;
  readonly stop: AbortSignal;
}

/** Walks records, each as a page of its own, and keeps the account of what is owed of them. */
export const openWalks = ({ config, clock, stream, sink, totals, transform, underWay, stop }: WalkParts) => {
  const budget = workerBudget(config.memory.budgetBytes, () => 1);
  const tracker = openTracker();
  const ending = new AbortController();
  const noMore = AbortSignal.any([stop, ending.signal]);
  const stages: PageStages = {
    ...documentStages({ config, transform, stream, clock }),
    stream,
    submit: (deliveries) => sink.writer.submit(deliveries),
    post: sink.post,
    room: (halt) => sink.writer.room(halt),
    crowded: () => budget.heldBytes() > config.memory.budgetBytes,
    clock,
  };
  let breathedMs = clock.now();
  const rest = async () => {
    await sink.writer.room(noMore);
    if (clock.now() - breathedMs < SLICE_MS) return;
    await breathe();
    breathedMs = clock.now();
  };
  const deliver: Deliver = async ({ shard, record, subSequenceNumber, history }, onSettled) => {
    const bytes = record.data.byteLength + RECORD_OVERHEAD_BYTES;
    const charge = await budget.reserve(SHARE, bytes, noMore);
    if (!charge) return;
    const item: OnTheWay = { history, letters: [] };
    const release = () => {
      charge.release();
      if (ticket.done()) onSettled(item.letters);
    };
    const only = { add: charge.add, release };
    const page: Page = { records: [record], bytes, behindMs: 0, children: undefined, charge: only };
    const ticket = tracker.open(page);
    underWay.set(ticket, item);
    totals.read += 1;
    const signals = { lost: ending.signal, halt: ending.signal };
    await walkPage(stagesAt(stages, subSequenceNumber), shard, page, ticket, signals);
    await rest();
  };
  const drop = () => {
    ending.abort();
    tracker.abandon();
  };
  return {
    deliver,
    /** Resolves when nothing is on its way, or the signal aborts, or all of it was dropped. */
    idle: (until: AbortSignal) => tracker.idle(AbortSignal.any([until, ending.signal])),
    drop,
  };
};
