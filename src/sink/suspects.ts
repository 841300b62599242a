import type { Delivery } from '../core/delivery.ts';

/** So many times a document must be refused alone, each time after others were taken. */
const PROOF = 3;
/** A witness is sent again: its index must not have been deleted meanwhile, or it would be made anew. */
const FRESH_MS = 600_000;

interface Suspicion {
  refusals: number;
  /** How often a witness had been heard when it was last refused. */
  heard: number;
}

/**
 * Documents that were refused alone, and whether that is their own fault. A broken proxy, a wrong setting or lost
 * rights refuse everything, or half of it when one of two proxies is broken. What tells the two apart is a witness: a
 * document that the sink took before and takes again, while it goes on refusing this one. Until then it is kept.
 */
export class Suspects {
  #heard = 0;
  #witness: Delivery | undefined;
  #takenMs = 0;
  readonly #suspicions = new WeakMap<Delivery, Suspicion>();

  /** The last document that was taken is remembered: one for all. */
  taken(delivery: Delivery | undefined, nowMs: number): void {
    if (!delivery) return;
    this.#witness = delivery;
    this.#takenMs = nowMs;
  }

  /** A document to be sent again, which a sound sink answers with 409. */
  witness(nowMs: number): Delivery | undefined {
    const isFresh = nowMs - this.#takenMs < FRESH_MS;
    return isFresh && !this.#witness?.lost.aborted ? this.#witness : undefined;
  }

  /** The witness was taken again. */
  heardWitness(): void {
    this.#heard += 1;
  }

  /** The document was refused alone: whether it is proved guilty now. */
  convicts(delivery: Delivery): boolean {
    const before = this.#suspicions.get(delivery);
    const suspicion = before ?? { refusals: 1, heard: this.#heard };
    if (!before) this.#suspicions.set(delivery, suspicion);
    else if (this.#heard > before.heard) {
      before.refusals += 1;
      before.heard = this.#heard;
    }
    return suspicion.refusals >= PROOF;
  }

  /** The witness was refused: what seemed proved of these is not. */
  acquit(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) this.#suspicions.delete(delivery);
  }
}
