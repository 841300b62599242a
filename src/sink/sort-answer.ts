import { type Delivery, digestIn, type Outcome, type Place } from '../core/delivery.ts';
import type { Verdict } from './target.ts';

/** In place of a digest where none can be found: it equals none. */
const UNFOUND = '';

/** Verdicts that settle a document without a letter. */
const FINAL: ReadonlySet<string> = new Set<Verdict['status']>(['ok', 'exists', 'stale', 'dropped']);

/** Whether the sink took the document, or has no use for it any more. */
export const isTaken = ({ status }: Verdict): boolean => FINAL.has(status);

/** A document and what the sink said of it. */
export interface Refused {
  readonly delivery: Delivery;
  readonly why: string;
}

/** A document whose index takes none. */
export interface Sick extends Refused {
  /** Whether that may pass by itself. */
  readonly isPatient: boolean;
}

/** A bulk's documents by what becomes of them next. */
export interface Sorted {
  readonly ok: readonly Delivery[];
  readonly exists: readonly Delivery[];
  /** Where the ids of those stand, in their order. */
  readonly taken: readonly Place[];
  /** A newer version stands there already, or a pipeline dropped them: nothing is left to do. */
  readonly done: readonly { readonly delivery: Delivery; readonly outcome: Outcome }[];
  /** Whether an index took or knew any of them; what a pipeline dropped has reached none. */
  readonly isTaking: boolean;
  /** To be sent again. */
  readonly again: readonly Delivery[];
  /** Their index takes none now. */
  readonly sick: readonly Sick[];
  readonly refused: readonly Refused[];
  /** One of the reasons to send again, for people; one that somebody must mend comes first. */
  readonly why: string | undefined;
  /** Whether somebody must mend something. */
  readonly isHeld: boolean;
}

/**
 * Sorts a bulk's documents by their verdicts, which stand in the same order. One that we may not write is refused for
 * good only where others of the request were taken: else all of our rights may be gone, and its index is sick. Pure.
 */
export const sortItems = (batch: readonly Delivery[], items: readonly Verdict[]): Sorted => {
  const ok: Delivery[] = [];
  const exists: Delivery[] = [];
  const taken: Place[] = [];
  const done: { delivery: Delivery; outcome: Outcome }[] = [];
  const retry: Delivery[] = [];
  const held: Refused[] = [];
  const forbidden: Refused[] = [];
  const sick: Sick[] = [];
  const refused: Refused[] = [];
  let why: string | undefined;
  for (const [i, delivery] of batch.entries()) {
    const verdict = items[i] ?? { status: 'retry', why: 'the answer has no item for this document' };
    if (verdict.status === 'ok') ok.push(delivery);
    else if (verdict.status === 'exists') {
      const { id, index, special } = delivery;
      exists.push(delivery);
      taken.push({ id: verdict.id ?? id, index: verdict.index ?? index, special });
    } else if (verdict.status === 'stale' || verdict.status === 'dropped')
      done.push({ delivery, outcome: { status: verdict.status } });
    else if (verdict.status === 'retry') {
      retry.push(delivery);
      // What was not sent, because its lease is lost, says nothing of the sink.
      if (!delivery.lost.aborted) why = verdict.why;
    } else if (verdict.status === 'sick') sick.push({ delivery, why: verdict.why, isPatient: true });
    else ({ rejected: refused, forbidden, hold: held })[verdict.status].push({ delivery, why: verdict.why });
  }
  const isTaking = ok.length + exists.length > 0 || done.some(({ outcome }) => outcome.status === 'stale');
  return {
    ok,
    exists,
    taken,
    done,
    isTaking,
    again: held.length === 0 ? retry : [...retry, ...held.map(({ delivery }) => delivery)],
    sick: isTaking ? sick : [...sick, ...forbidden.map((each) => ({ ...each, isPatient: false }))],
    refused: isTaking ? [...refused, ...forbidden] : refused,
    why: held[0]?.why ?? why,
    isHeld: held.length > 0,
  };
};

/**
 * Sorts documents whose id was taken by whether a document stands under it now or is gone meanwhile. None is looked for
 * for ever: a pipeline may have put it where nobody can tell. `isEnough` is asked for each that is not found.
 */
export const sortExisting = (
  deliveries: readonly Delivery[],
  stored: readonly (string | undefined)[],
  isEnough: (delivery: Delivery) => boolean,
): {
  readonly found: readonly { readonly delivery: Delivery; readonly digest: string }[];
  readonly gone: readonly Delivery[];
} => {
  const found: { delivery: Delivery; digest: string }[] = [];
  const gone: Delivery[] = [];
  for (const [i, delivery] of deliveries.entries()) {
    const digest = stored[i] ?? (isEnough(delivery) ? UNFOUND : undefined);
    if (digest === undefined) gone.push(delivery);
    else found.push({ delivery, digest });
  }
  return { found, gone };
};

/** What a document is whose id is taken: a duplicate only when the stored digest is its own. Pure. */
export const judgeExisting = (delivery: Delivery, stored: string | undefined): Outcome =>
  stored === digestIn(delivery)
    ? { status: 'duplicate' }
    : {
        status: 'rejected',
        reason: 'id-conflict',
        message:
          stored === UNFOUND
            ? 'the id is taken, and what stands there has no digest to be found: it was not written by us, or a pipeline does not leave _id, _routing and ingest alone'
            : 'another document with another body has this id',
        answer: `409 ${delivery.index}`,
      };
