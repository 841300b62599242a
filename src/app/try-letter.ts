import { openTracker } from '../checkpoint/tracker.ts';
import { type Delivery, documentOf } from '../core/delivery.ts';
import { isObject } from '../core/is-object.ts';
import type { DeadLetter } from '../core/letter.ts';
import type { Page } from '../core/page.ts';
import { letterId } from '../dead-letter/envelope.ts';
import type { WholeLetter } from '../dead-letter/sieve.ts';
import { walkPage } from '../pipeline/page.ts';
import type { PageStages } from '../pipeline/walk.ts';
import { type Change, documentDiff } from './document-diff.ts';
import { offlineRecord } from './offline-record.ts';
import { stagesAt } from './offline-walk.ts';
import { documentStages, type StageParts } from './stages.ts';

/** What today's transform would make of a letter. */
export interface Trial {
  readonly letter_id: string;
  readonly reason: string;
  readonly documents: readonly { readonly index: string; readonly id: string; readonly document: unknown }[];
  readonly dead_letters: readonly { readonly reason: string; readonly message: string }[];
  /** How the document of the letter would change, its index as `/_index`; left out where the letter has none. */
  readonly changes?: readonly Change[];
}

const bodyOf = (document: unknown, index: string | undefined): unknown => {
  if (!isObject(document)) return document;
  const { ingest: _, ...body } = document;
  return { _index: index, ...body };
};

const changesOf = (letter: WholeLetter, deliveries: readonly Delivery[]): Pick<Trial, 'changes'> => {
  const { document, index, ordinal, subSequenceNumber } = letter;
  const now = deliveries.find((each) => each.ordinal === ordinal && each.subSequenceNumber === subSequenceNumber);
  if (document === undefined || !now) return {};
  const after: unknown = JSON.parse(documentOf(now));
  return { changes: documentDiff(bodyOf(document, index), bodyOf(after, now.index)) };
};

/** Prepares the trial of letters: they go through today's stages as in a redrive, and nowhere from there. */
export const letterTrial = (parts: StageParts): ((letter: WholeLetter) => Promise<Trial>) => {
  const stages = documentStages(parts);
  const never = new AbortController().signal;
  return async (letter) => {
    const deliveries: Delivery[] = [];
    const letters: DeadLetter[] = [];
    const { shard, record, subSequenceNumber } = offlineRecord(letter, []);
    const kept: PageStages = {
      ...stages,
      stream: parts.stream,
      clock: parts.clock,
      submit: (some) => void deliveries.push(...some),
      post: (each) => void letters.push(each),
      room: async () => {},
      crowded: () => false,
    };
    const charge: Page['charge'] = { add() {}, release() {} };
    const page: Page = { records: [record], bytes: record.data.byteLength, behindMs: 0, children: undefined, charge };
    const signals = { lost: never, halt: never };
    await walkPage(stagesAt(kept, subSequenceNumber), shard, page, openTracker().open(page), signals);
    return {
      letter_id: letterId(letter),
      reason: letter.reason,
      documents: deliveries.map((each) => ({
        index: each.index,
        id: each.id,
        document: JSON.parse(documentOf(each)) as unknown,
      })),
      dead_letters: letters.map(({ reason, message }) => ({ reason, message })),
      ...changesOf(letter, deliveries),
    };
  };
};
