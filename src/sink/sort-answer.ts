import type { Delivery, Outcome } from '../core/delivery.ts';
import type { Verdict } from './target.ts';

/** A bulk's documents by what becomes of them next. */
export interface Sorted {
  readonly ok: readonly Delivery[];
  readonly exists: readonly Delivery[];
  readonly retry: readonly Delivery[];
  readonly rejected: readonly { readonly delivery: Delivery; readonly why: string }[];
  /** One of the reasons to try again, for people. */
  readonly retryWhy: string | undefined;
}

/** Sorts a bulk's documents by their verdicts, which stand in the same order. Pure. */
export const sortItems = (batch: readonly Delivery[], items: readonly Verdict[]): Sorted => {
  const ok: Delivery[] = [];
  const exists: Delivery[] = [];
  const retry: Delivery[] = [];
  const rejected: { delivery: Delivery; why: string }[] = [];
  let retryWhy: string | undefined;
  for (const [i, delivery] of batch.entries()) {
    const verdict = items[i] ?? { status: 'retry', why: 'the answer has no item for this document' };
    if (verdict.status === 'ok') ok.push(delivery);
    else if (verdict.status === 'exists') exists.push(delivery);
    else if (verdict.status === 'rejected') rejected.push({ delivery, why: verdict.why });
    else {
      retry.push(delivery);
      retryWhy = verdict.why;
    }
  }
  return { ok, exists, retry, rejected, retryWhy };
};

/** Sorts documents whose id was taken by whether a document stands under it now or is gone meanwhile. Pure. */
export const sortExisting = (
  deliveries: readonly Delivery[],
  stored: readonly (string | undefined)[],
): {
  readonly found: readonly { readonly delivery: Delivery; readonly digest: string }[];
  readonly gone: readonly Delivery[];
} => {
  const found: { delivery: Delivery; digest: string }[] = [];
  const gone: Delivery[] = [];
  for (const [i, delivery] of deliveries.entries()) {
    const digest = stored[i];
    if (digest === undefined) gone.push(delivery);
    else found.push({ delivery, digest });
  }
  return { found, gone };
};

/** What a document is whose id is taken: a duplicate only when the stored digest is its own. Pure. */
export const judgeExisting = (delivery: Delivery, stored: string | undefined): Outcome =>
  stored === delivery.digest
    ? { status: 'duplicate' }
    : {
        status: 'rejected',
        reason: 'id-conflict',
        message: 'another document with another body has this id',
        answer: `409 ${delivery.index}`,
      };
