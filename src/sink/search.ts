import type { Delivery } from '../core/delivery.ts';
import { isTaken } from './sort-answer.ts';
import type { BulkAnswer, Verdict } from './target.ts';

export type Refusal = Extract<BulkAnswer, { split: string }>;
export type Failure = Exclude<BulkAnswer, { items: unknown }>;

/** What a search needs of the exchange that it is a part of. */
export interface SearchParts {
  write(batch: readonly Delivery[]): Promise<BulkAnswer>;
  /** Sees to documents that were answered one by one. */
  onItems(batch: readonly Delivery[], items: readonly Verdict[]): Promise<void>;
  /** A document that the sink took before, to be sent again. */
  callWitness(): Delivery | undefined;
  /** The document alone is refused, and proved to be at fault. */
  convict(delivery: Delivery, refusal: Refusal): void;
}

/** What is not seen to after a search. */
export interface Left {
  /** Those that were refused alone stand behind the others: the next search begins elsewhere. */
  readonly deliveries: readonly Delivery[];
  readonly why: Failure;
  /** Whether the sink took or judged anything meanwhile. */
  readonly isTaking: boolean;
}

/** So many refusals with nothing taken between them, and a search goes on only if a witness is still taken. */
const FUTILE_REFUSALS = 32;
/** So many times a document must be refused alone, each time after witnesses were taken. */
const PROOF = 3;
/** Every second request of ours may meet the same one of two proxies: one answer of a witness would prove nothing. */
const HEARINGS = 2;

/**
 * Sends the halves of a refused request, and theirs, until the guilty documents stand alone. A broken proxy, a wrong
 * setting or lost rights refuse everything, or half of it when one of two proxies is broken. What tells the two apart is
 * a witness: a document that the sink took before and takes again, while it goes on refusing these.
 */
export class Search {
  readonly #parts: SearchParts;
  readonly #pieces: (readonly Delivery[])[] = [];
  #alone: { readonly delivery: Delivery; readonly refusal: Refusal }[] = [];
  #why: Failure;
  #refusals = 0;
  #isTaking = false;

  /** `batch` was refused with `refusal`. */
  constructor(parts: SearchParts, batch: readonly Delivery[], refusal: Refusal) {
    this.#parts = parts;
    this.#why = refusal;
    this.#onRefusal(batch, refusal);
  }

  /** Resolves with what is not seen to, when the rest is. */
  async run(): Promise<Left> {
    if ((await this.#walk()) && (await this.#prove()))
      for (const { delivery, refusal } of this.#alone.splice(0)) this.#parts.convict(delivery, refusal);
    const alone = this.#alone.map(({ delivery }) => delivery);
    return {
      deliveries: [...this.#pieces.toReversed().flat(), ...alone],
      why: this.#why,
      isTaking: this.#isTaking,
    };
  }

  /** Whether every piece was answered. */
  async #walk(): Promise<boolean> {
    for (let piece = this.#pieces.pop(); piece; piece = this.#pieces.pop()) {
      if (this.#refusals >= FUTILE_REFUSALS && !(await this.#hearWitness())) {
        this.#pieces.push(piece);
        return false;
      }
      if (!(await this.#ask(piece))) return false;
    }
    return true;
  }

  /** Asks for those that were refused alone again and again; returns whether the ones refused every time are guilty. */
  async #prove(): Promise<boolean> {
    for (let times = 1; times < PROOF && this.#alone.length > 0; times += 1) {
      for (let i = 0; i < HEARINGS; i += 1) if (!(await this.#hearWitness())) return false;
      this.#pieces.push(...this.#alone.splice(0).map(({ delivery }) => [delivery]));
      if (!(await this.#walk())) return false;
    }
    return true;
  }

  /** Sends one piece; returns whether it is worth going on. */
  async #ask(piece: readonly Delivery[]): Promise<boolean> {
    const answer = await this.#parts.write(piece);
    if ('items' in answer) {
      this.#refusals = 0;
      this.#isTaking = true;
      await this.#parts.onItems(piece, answer.items);
      return true;
    }
    this.#why = answer;
    if ('split' in answer) this.#onRefusal(piece, answer);
    else this.#pieces.push(piece);
    return 'split' in answer;
  }

  #onRefusal(piece: readonly Delivery[], refusal: Refusal): void {
    const middle = piece.length >> 1;
    this.#refusals += 1;
    if (middle > 0) this.#pieces.push(piece.slice(middle), piece.slice(0, middle));
    else this.#alone.push(...piece.map((delivery) => ({ delivery, refusal })));
  }

  async #hearWitness(): Promise<boolean> {
    const witness = this.#parts.callWitness();
    if (!witness) return false;
    const answer = await this.#parts.write([witness]);
    const verdict = 'items' in answer ? answer.items[0] : undefined;
    if (!verdict || !isTaken(verdict)) return false;
    this.#refusals = 0;
    this.#isTaking = true;
    return true;
  }
}
