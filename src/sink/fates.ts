import { type Delivery, digestIn, type Outcome } from '../core/delivery.ts';
import type { Reason } from '../core/reasons.ts';
import type { BulkQueue } from './bulk-queue.ts';
import type { Refusal } from './search.ts';
import { judgeExisting } from './sort-answer.ts';

/** Told of each document once, when its fate is known for good; of those together that share it. */
export type Settle = (deliveries: readonly Delivery[], outcome: Outcome) => void;

export const rejected = (reason: Reason, message: string, answer: string): Outcome => ({
  status: 'rejected',
  reason,
  message,
  answer,
});

export const refusedAlone = ({ split, tooLarge }: Refusal): Outcome =>
  tooLarge
    ? rejected('sink-too-large', 'the document alone is too large for OpenSearch', split)
    : rejected('sink-rejected', 'OpenSearch refused the request that held only this document', split);

/** Settles documents whose fate is known, and lets those go on that waited behind them for the same id. */
export class Fates {
  readonly #settle: Settle;
  readonly #queue: BulkQueue;

  constructor(settle: Settle, queue: BulkQueue) {
    this.#settle = settle;
    this.#queue = queue;
  }

  indexed(deliveries: readonly Delivery[]): void {
    if (deliveries.length === 0) return;
    const judged: (() => void)[] = [];
    for (const delivery of deliveries) {
      const behind = this.#queue.takeBehind(delivery);
      this.#queue.release(delivery);
      if (behind.length === 0) continue;
      const digest = digestIn(delivery);
      judged.push(() => this.#judge(behind, digest));
    }
    this.#tell(deliveries, { status: 'indexed' });
    for (const judge of judged) judge();
  }

  /** `stored`: the digest that is now known to stand under the id; it judges whoever waits behind the document too. */
  settle(delivery: Delivery, outcome: Outcome, stored?: string): void {
    const judged = stored === undefined ? [] : this.#queue.takeBehind(delivery);
    this.#queue.release(delivery);
    this.#tell([delivery], outcome);
    if (stored !== undefined) this.#judge(judged, stored);
  }

  /** Whoever hears of it has taken what it needs of the documents' lines when it returns. */
  #tell(deliveries: readonly Delivery[], outcome: Outcome): void {
    this.#settle(deliveries, outcome);
    for (const { lines } of deliveries) lines.release();
  }

  #judge(deliveries: readonly Delivery[], stored: string): void {
    for (const delivery of deliveries) this.#tell([delivery], judgeExisting(delivery, stored));
  }
}
