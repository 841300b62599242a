import { type Delivery, withOwnLines } from '../core/delivery.ts';

/** A witness is sent again: its index must not have been deleted meanwhile, or it would be made anew. */
const FRESH_MS = 600_000;

/**
 * The last document that the sink took: one that a sound sink answers with 409 when it is sent again, and a broken proxy
 * refuses like any other.
 */
export class Witness {
  #taken: Delivery | undefined;
  #takenMs = 0;

  /** To be told before the document is settled. */
  taken(delivery: Delivery | undefined, nowMs: number): void {
    if (!delivery) return;
    this.#taken = withOwnLines(delivery);
    this.#takenMs = nowMs;
  }

  /** Undefined when nothing was taken of late. */
  call(nowMs: number): Delivery | undefined {
    return nowMs - this.#takenMs < FRESH_MS && !this.#taken?.lost.aborted ? this.#taken : undefined;
  }
}
