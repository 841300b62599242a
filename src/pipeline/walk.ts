import type { PageTicket } from '../checkpoint/tracker.ts';
import type { Clock } from '../core/clock.ts';
import type { Delivery, Ticket } from '../core/delivery.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Decoded, Message, SerializedDocument, Transformed } from '../core/message.ts';
import type { Page, SourceRecord } from '../core/page.ts';
import type { Origin, Prepared } from '../sink/prepare.ts';
import { type Failure, letterOfRecord } from './letters.ts';

/** The rooms' stages that a page walks through, and what takes its documents and letters. */
export interface PageStages {
  readonly stream: string;
  readonly decode: (record: SourceRecord) => Decoded;
  /** Transforms messages from `start` on: at least one, and no longer than the event loop can wait. */
  readonly transform: (messages: readonly Message[], start: number) => readonly Transformed[];
  readonly prepare: (document: SerializedDocument, origin: Origin) => Prepared;
  readonly submit: (deliveries: readonly Delivery[]) => void;
  readonly post: (letter: DeadLetter, ticket: Ticket, recordIndex: number, lost: AbortSignal) => void;
  /** Waits while the writer has more than enough to send. */
  readonly room: (signal: AbortSignal) => Promise<void>;
  /** Whether the worker holds more than its budget. */
  readonly crowded: () => boolean;
  readonly clock: Clock;
}

/** A page on its way, with the account that keeps its shard's checkpoint back. */
export interface Walk {
  readonly stages: PageStages;
  readonly shard: string;
  readonly page: Page;
  readonly ticket: PageTicket;
  /** Aborts when what the page became is of no use any more. */
  readonly lost: AbortSignal;
  /** Aborts when the walk must end where it is. */
  readonly halt: AbortSignal;
  /** Records before this one are decoded and transformed, and their processing is settled. */
  walked: number;
}

/** What a letter costs beside its bytes: its objects and its place in a queue. */
const LETTER_OVERHEAD_BYTES = 500;

/** A view into an unpacked record would keep the whole of it in memory, for one line of it. */
const onItsOwn = (bytes: Uint8Array, record: SourceRecord): Uint8Array =>
  bytes.buffer === record.data.buffer ? bytes : new Uint8Array(bytes);

/** Owes a letter instead of a document, and hands it on. */
export const fail = (walk: Walk, record: SourceRecord, recordIndex: number, failure: Failure): void => {
  const { stages, shard, ticket, lost } = walk;
  const bytes = failure.bytes && onItsOwn(failure.bytes, record);
  ticket.owe(recordIndex, LETTER_OVERHEAD_BYTES + (bytes?.byteLength ?? 0));
  stages.post(letterOfRecord(stages.stream, shard, record, { ...failure, bytes }), ticket, recordIndex, lost);
};
