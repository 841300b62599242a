import { type Found, type Letter, type Open, type Place, recordKey, type Unreadable } from './entries.ts';

/** What is not settled by the indices alone, for the records of one part. */
export interface Unsettled {
  readonly open: readonly Open[];
  readonly unreadable: readonly Unreadable[];
  /** Documents that claim to come from these records, though nothing expects them. */
  readonly strays: readonly Found[];
  readonly letters: readonly Letter[];
}

/** The last word on something that a record became. */
export type Verdict =
  | { readonly verdict: 'dead-letter'; readonly place: Place }
  | { readonly verdict: 'pending'; readonly place: Place }
  | { readonly verdict: 'missing'; readonly open: Open }
  /** It should be a dead letter, and there is none. */
  | { readonly verdict: 'missing-letter'; readonly unreadable: Unreadable }
  /** Under its id stands another body, or the record's document stands elsewhere. */
  | { readonly verdict: 'different'; readonly expected: Place & Partial<Open['expected']>; readonly stored: Found }
  | { readonly verdict: 'unexpected'; readonly stored: Found };

/** A verdict that somebody must look at. */
export type Wrong = Exclude<Verdict, { readonly verdict: 'dead-letter' | 'pending' }>;

export const isWrong = (verdict: Verdict): verdict is Wrong =>
  verdict.verdict !== 'dead-letter' && verdict.verdict !== 'pending';

/** Whether the service has passed a place: what its checkpoint covers must be somewhere. */
export type IsPassed = (place: Place) => boolean;

/** These are said of a record before it is taken apart, whatever would have been found in it. */
const OF_RECORDS = /^decode-(?:empty|gzip|too-large|too-many|kpl)$/;
/** These are said of a message, before any document. */
const OF_MESSAGES = /^(?:decode|transform)-/;

/** Whether the letter holds what came of the place. Letters of an earlier transform count: the record is in them. */
const covers = (letter: Letter, place: Place): boolean => {
  if (OF_RECORDS.test(letter.reason)) return true;
  if (letter.subSequenceNumber !== place.subSequenceNumber) return false;
  return OF_MESSAGES.test(letter.reason) || letter.ordinal === place.ordinal;
};

const coversMessage = (letter: Letter, { reason, subSequenceNumber }: Unreadable): boolean =>
  OF_RECORDS.test(letter.reason) || OF_RECORDS.test(reason) || letter.subSequenceNumber === subSequenceNumber;

type ByRecord<T> = ReadonlyMap<string, readonly T[]>;

const byRecord = <T extends { readonly shard: string; readonly sequenceNumber: string }>(
  entries: readonly T[],
): ByRecord<T> => Map.groupBy(entries, recordKey);

/** Documents that stand elsewhere than where their record's should, one at a time. */
const takeStrays = (strays: readonly Found[]) => {
  const left = Map.groupBy(strays, ({ shard = '', sequenceNumber = '' }) => recordKey({ shard, sequenceNumber }));
  return {
    take: (place: Place): Found | undefined => left.get(recordKey(place))?.pop(),
    rest: (): readonly Found[] => [...left.values()].flat(),
  };
};

/**
 * Judges what the indices alone do not explain: a letter holds it, or the service has not come to it yet, or the record
 * has a document that today's transform would not make, or it is missing. Pure.
 */
export const compareLetters = (unsettled: Unsettled, isPassed: IsPassed): readonly Verdict[] => {
  const letters = byRecord(unsettled.letters);
  const strays = takeStrays(unsettled.strays);
  const lettersOf = (place: Place) => letters.get(recordKey(place)) ?? [];
  const ofDocuments = unsettled.open.map((open): Verdict => {
    const { expected, stored } = open;
    if (lettersOf(expected).some((letter) => covers(letter, expected)))
      return { verdict: 'dead-letter', place: expected };
    if (!isPassed(expected)) return { verdict: 'pending', place: expected };
    const other = stored ?? strays.take(expected);
    return other ? { verdict: 'different', expected, stored: other } : { verdict: 'missing', open };
  });
  const ofLetters = unsettled.unreadable.map((unreadable): Verdict => {
    if (lettersOf(unreadable).some((letter) => coversMessage(letter, unreadable)))
      return { verdict: 'dead-letter', place: unreadable };
    if (!isPassed(unreadable)) return { verdict: 'pending', place: unreadable };
    const other = strays.take(unreadable);
    return other
      ? { verdict: 'different', expected: unreadable, stored: other }
      : { verdict: 'missing-letter', unreadable };
  });
  const unexpected = strays.rest().map((stored): Verdict => ({ verdict: 'unexpected', stored }));
  return [...ofDocuments, ...ofLetters, ...unexpected];
};
