import type { PageTicket } from '../checkpoint/tracker.ts';
import { breathe } from '../core/breathe.ts';
import type { Delivery } from '../core/delivery.ts';
import { Lines } from '../core/lines.ts';
import type { Message, Transformed } from '../core/message.ts';
import type { Page } from '../core/page.ts';
import { decodeSlice, type Placed } from './decode-slice.ts';
import { fail, type PageStages, type Walk } from './walk.ts';

/** What a document costs beside its text: its objects, its id and its places in queues. */
const DOCUMENT_OVERHEAD_BYTES = 300;
/** How often a walk that waits for room looks again, milliseconds. */
const CROWDED_MS = 20;
/** After code that held up the event loop for long, renewals and answers get a tenth of that time, not just one turn. */
const LONG_MS = 250;
const REST_SHARE = 0.1;

/** What a slice of a page becomes. */
interface Slice {
  readonly deliveries: Delivery[];
  readonly lines: Lines;
  readonly seen: Seen;
}

/** The ids of the record that was looked at last; it may reach into the next run of the transform. */
interface Seen {
  record: number;
  readonly ids: Set<string>;
}

const documentsOf = (walk: Walk, placed: Placed, transformed: Transformed, slice: Slice): void => {
  const { record, recordIndex, message, ownBytes } = placed;
  const subSequenceNumber = message.at.subSequenceNumber;
  if ('poison' in transformed) {
    const { reason, detail } = transformed.poison;
    fail(walk, record, recordIndex, { reason, message: detail, subSequenceNumber, ordinal: 0, bytes: ownBytes });
    return;
  }
  const alone = !ownBytes && transformed.documents.length === 1;
  for (let ordinal = 0; ordinal < transformed.documents.length; ordinal += 1) {
    const document = transformed.documents[ordinal];
    if (!document) break;
    const origin = {
      shard: walk.shard,
      record,
      records: walk.page.records,
      recordIndex,
      own: ownBytes,
      subSequenceNumber,
      ordinal,
      ticket: walk.ticket,
      lost: walk.lost,
      lines: slice.lines,
    };
    const prepared = walk.stages.prepare(document, origin);
    const unsendable =
      'unsendable' in prepared ? prepared.unsendable : alone ? undefined : repeated(prepared.delivery, slice);
    if (unsendable) fail(walk, record, recordIndex, { ...unsendable, subSequenceNumber, ordinal, bytes: ownBytes });
    else if ('delivery' in prepared) {
      walk.ticket.owe(recordIndex, DOCUMENT_OVERHEAD_BYTES + prepared.delivery.bytes);
      slice.deliveries.push(prepared.delivery);
    }
  }
};

/** One record cannot say two things under one id: which of them would win is an accident. */
const repeated = ({ id, index, special, recordIndex }: Delivery, { seen }: Slice) => {
  if (seen.record !== recordIndex) {
    seen.record = recordIndex;
    seen.ids.clear();
  }
  // Two versions of a thing say when each held; and one id may stand in two indices that are named.
  const said = special === undefined ? id : `${index}/${special.version ?? ''}/${id}`;
  if (seen.ids.has(said)) {
    return { reason: 'document-repeated-id', message: 'the record holds another document with the same id' } as const;
  }
  seen.ids.add(said);
  return undefined;
};

const settleBefore = (walk: Walk, next: number): void => {
  for (; walk.walked < next; walk.walked += 1) walk.ticket.settle(walk.walked);
};

/**
 * What a page becomes may be a thousand times its size, so while the worker holds too much, what the page has become
 * so far goes first.
 */
const untilRoom = async ({ stages, page, ticket, halt, walked }: Walk): Promise<void> => {
  const ahead = page.records.length - walked;
  while (stages.crowded() && ticket.owed() > ahead && !halt.aborted) await stages.clock.sleep(CROWDED_MS, halt);
};

const rest = async (walk: Walk, sinceMs: number): Promise<void> => {
  const { stages, halt } = walk;
  const { clock } = stages;
  const tookMs = clock.now() - sinceMs;
  await stages.room(halt);
  if (tookMs < LONG_MS) await breathe();
  else await clock.sleep(tookMs * REST_SHARE, halt);
};

/** Transforms messages from `start` on, hands on what they become, and says how many it were. */
const takeOn = (
  walk: Walk,
  placed: readonly Placed[],
  messages: readonly Message[],
  start: number,
  seen: Seen,
): number => {
  const results = walk.stages.transform(messages, start);
  const slice: Slice = { deliveries: [], lines: new Lines(), seen };
  for (let i = 0; i < results.length; i += 1) {
    const at = placed[start + i];
    const transformed = results[i];
    if (!at || !transformed) break;
    documentsOf(walk, at, transformed, slice);
  }
  slice.lines.close(slice.deliveries.length);
  walk.stages.submit(slice.deliveries);
  return results.length;
};

const walkSlice = async (walk: Walk): Promise<void> => {
  const { placed, next } = decodeSlice(walk, walk.walked);
  const messages = placed.map(({ message }) => message);
  const seen: Seen = { record: -1, ids: new Set() };
  for (let start = 0; start < messages.length; ) {
    const begunMs = walk.stages.clock.now();
    start += takeOn(walk, placed, messages, start, seen);
    if (start >= messages.length) break;
    settleBefore(walk, placed[start]?.recordIndex ?? 0);
    await rest(walk, begunMs);
    await untilRoom(walk);
    if (walk.halt.aborted) return;
  }
  settleBefore(walk, next);
};

/**
 * Walks a page through decode, transform and prepare, slice by slice, and hands its documents and letters on. What a
 * record becomes is owed before its own processing is settled. A lost lease, or `halt`, ends the walk in the middle:
 * the rest of the page stays owed. While it rests between slices it holds on to none of a slice's messages: of many
 * shards that wait for one sink, they would be the most of what is in memory.
 */
export const walkPage = async (
  stages: PageStages,
  shard: string,
  page: Page,
  ticket: PageTicket,
  { lost, halt }: { readonly lost: AbortSignal; readonly halt: AbortSignal },
): Promise<void> => {
  const walk: Walk = { stages, shard, page, ticket, lost, halt, walked: 0 };
  while (walk.walked < page.records.length && !halt.aborted) {
    const begunMs = stages.clock.now();
    await walkSlice(walk);
    await untilRoom(walk);
    if (walk.walked < page.records.length) await rest(walk, begunMs);
  }
};
