import type { Delivery, Place } from '../core/delivery.ts';

/** What the sink said of one document. */
export type Verdict =
  | { readonly status: 'ok' }
  /** The id is taken: equal digests make it a duplicate, others a conflict. Where, if that was told. */
  | { readonly status: 'exists'; readonly index?: string; readonly id?: string }
  /** A newer version stands there. */
  | { readonly status: 'stale' }
  /** By an ingest pipeline. */
  | { readonly status: 'dropped' }
  | { readonly status: 'retry'; readonly why: string }
  /** Its index takes no documents now. */
  | { readonly status: 'sick'; readonly why: string }
  /** Not before a person mends it: keep, tell, try again. */
  | { readonly status: 'hold'; readonly why: string }
  /** We may not write this one: rejected where others are accepted, else to be held. */
  | { readonly status: 'forbidden'; readonly why: string }
  | { readonly status: 'rejected'; readonly why: string };

/** What the sink said of one request. */
export type BulkAnswer =
  /** One verdict a document, in the order sent. */
  | { readonly items: readonly Verdict[] }
  /** Too large, or refused as a whole: the halves may pass. `tooLarge` tells what a document refused alone is. */
  | { readonly split: string; readonly tooLarge: boolean }
  /**
   * Not now: nothing is known to be written; send the same documents again. `isBusy`: it was too much at once; `isLate`:
   * there was no answer in time; of either, fewer may pass.
   */
  | { readonly retry: string; readonly afterMs?: number; readonly isBusy?: boolean; readonly isLate?: boolean }
  /** Not before a person mends it (credentials, permissions): keep, tell, try again. */
  | { readonly hold: string };

/** Where bulks go. */
export interface BulkTarget {
  /** Sends one request with all documents. Never rejects: a broken connection is an answer. */
  write(deliveries: readonly Delivery[], signal: AbortSignal): Promise<BulkAnswer>;
  /** The digests of the documents that stand there, undefined where none does; rejects when they cannot be had now. */
  digests(places: readonly Place[], signal: AbortSignal): Promise<readonly (string | undefined)[]>;
}
