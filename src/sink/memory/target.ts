import { type Delivery, digestIn, documentOf } from '../../core/delivery.ts';
import type { BulkAnswer, BulkTarget, Verdict } from '../target.ts';

/** A document as an index keeps it. */
export interface Stored {
  readonly source: string;
  readonly digest: string;
  /** 1 for what was created, else the version that came with it. */
  readonly version: bigint;
}

/** A sink in memory that obeys the real one's contract, with doors to look in and to make it fail. */
export interface MemoryTarget extends BulkTarget {
  /** Index → id → document. */
  readonly indices: ReadonlyMap<string, ReadonlyMap<string, Stored>>;
  /** Asked before a request is taken: an answer given instead of writing. */
  failRequest: (deliveries: readonly Delivery[]) => BulkAnswer | undefined;
  /** Asked before a document is written: a verdict given instead of writing. */
  failItem: (delivery: Delivery) => Verdict | undefined;
  /** Asked before digests are read: an error to reject with. */
  failDigests: () => Error | undefined;
}

export const memoryTarget = (): MemoryTarget => {
  const indices = new Map<string, Map<string, Stored>>();
  const take = (delivery: Delivery): Verdict => {
    const { index, id, special } = delivery;
    const documents = indices.get(index) ?? new Map<string, Stored>();
    indices.set(index, documents);
    const stored = documents.get(id);
    const version = special?.version;
    if (stored && version === undefined) return { status: 'exists' };
    if (stored && version !== undefined && stored.version > version) return { status: 'stale' };
    documents.set(id, { source: documentOf(delivery), digest: digestIn(delivery), version: version ?? 1n });
    return { status: 'ok' };
  };
  const target: MemoryTarget = {
    indices,
    failRequest: () => undefined,
    failItem: () => undefined,
    failDigests: () => undefined,
    async write(deliveries, signal) {
      if (signal.aborted) return { retry: 'stopped before the request was sent' };
      return target.failRequest(deliveries) ?? { items: deliveries.map((each) => target.failItem(each) ?? take(each)) };
    },
    async digests(places) {
      const failure = target.failDigests();
      if (failure) throw failure;
      return places.map(({ index, id }) => indices.get(index)?.get(id)?.digest);
    },
  };
  return target;
};
