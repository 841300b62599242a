import type { Wrong } from './compare-letters.ts';
import type { Found, Place } from './entries.ts';

/** One thing that is not as it should be, as people and programs read it. */
export interface Finding {
  readonly verdict: 'missing' | 'different' | 'unexpected';
  readonly index?: string | undefined;
  readonly id?: string | undefined;
  readonly shard?: string | undefined;
  readonly sequence_number?: string | undefined;
  readonly sub_sequence_number?: number | undefined;
  readonly ordinal?: number | undefined;
  readonly arrived_at?: string | undefined;
  readonly digest?: string | undefined;
  /** Of the document that stands under the id, or for the record, instead. */
  readonly stored?: { readonly index: string; readonly id: string; readonly digest: string | undefined };
  readonly why: string;
}

const CHANGED = 'have the transform, its options, decode or the index pattern changed since?';

const iso = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : new Date(ms).toISOString());

const placed = (place: Place) => ({
  shard: place.shard,
  sequence_number: place.sequenceNumber,
  sub_sequence_number: place.subSequenceNumber,
  ordinal: place.ordinal,
  arrived_at: iso(place.arrivedMs),
});

const storedOf = ({ index, id, digest }: Found): NonNullable<Finding['stored']> => ({ index, id, digest });

/** Why a document is none of the stream's, as far as it tells itself. */
const whyUnexpected = (found: Found, stream: string): string => {
  if (found.arrivedMs === undefined) return 'it says nothing of where it comes from: Shardline did not write it';
  if (found.stream !== stream) return `it comes from another stream, ${found.stream ?? 'which it does not name'}`;
  return `no record of the range makes it: a copy, or ${CHANGED}`;
};

/** Says what a verdict means. */
export const findingOf = (wrong: Wrong, stream: string): Finding => {
  switch (wrong.verdict) {
    case 'missing': {
      const { expected } = wrong.open;
      const { index, id, digest } = expected;
      const why = 'neither its index nor a dead letter holds it';
      return { verdict: 'missing', index, id, digest, ...placed(expected), why };
    }
    case 'missing-letter': {
      const { unreadable } = wrong;
      const why = `it should be a dead letter (${unreadable.reason}), and there is none`;
      return { verdict: 'missing', ...placed(unreadable), why };
    }
    case 'different': {
      const { expected, stored } = wrong;
      const { index, id, digest } = expected;
      const isThere = stored.index === index && stored.id === id;
      const instead = isThere ? 'another document stands under its id' : 'its record stands there as another document';
      const why = `${instead}: ${CHANGED}`;
      return { verdict: 'different', index, id, digest, ...placed(expected), stored: storedOf(stored), why };
    }
    case 'unexpected': {
      const { index, id, digest, shard, sequenceNumber, arrivedMs } = wrong.stored;
      const why = whyUnexpected(wrong.stored, stream);
      return {
        verdict: 'unexpected',
        index,
        id,
        digest,
        shard,
        sequence_number: sequenceNumber,
        arrived_at: iso(arrivedMs),
        why,
      };
    }
    default:
      return wrong satisfies never;
  }
};
