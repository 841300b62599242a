import type { Delivery } from '../core/delivery.ts';
import type { Suspects } from './suspects.ts';
import type { BulkAnswer, Verdict } from './target.ts';

export type Refusal = Extract<BulkAnswer, { split: string }>;
export type Failure = Exclude<BulkAnswer, { items: unknown }>;

/** What a search needs of the exchange that it is a part of. */
export interface SearchParts {
  readonly suspects: Suspects;
  readonly nowMs: () => number;
  write(batch: readonly Delivery[]): Promise<BulkAnswer>;
  /** Sees to documents that were answered one by one. */
  onItems(batch: readonly Delivery[], items: readonly Verdict[]): Promise<void>;
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
/** Every second request of ours may meet the same one of two proxies: one answer of a witness would prove nothing. */
const HEARINGS = 2;

/** Sends the halves of a refused request, and theirs, until the guilty documents stand alone and are proved guilty. */
export class Search {
  readonly #parts: SearchParts;
  readonly #pieces: (readonly Delivery[])[] = [];
  #alone: Delivery[] = [];
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
    if (await this.#walk()) await this.#prove();
    return {
      deliveries: [...this.#pieces.toReversed().flat(), ...this.#alone],
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

  /** Asks for those that were refused alone again, until all of them are proved guilty or nothing can be proved. */
  async #prove(): Promise<void> {
    while (this.#alone.length > 0) {
      for (let i = 0; i < HEARINGS; i += 1) if (!(await this.#hearWitness())) return;
      this.#parts.suspects.heardWitness();
      this.#pieces.push(...this.#alone.splice(0).map((delivery) => [delivery]));
      if (!(await this.#walk())) return;
    }
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
    const { suspects, convict } = this.#parts;
    const middle = piece.length >> 1;
    this.#refusals += 1;
    if (middle > 0) this.#pieces.push(piece.slice(middle), piece.slice(0, middle));
    for (const delivery of middle > 0 ? [] : piece) {
      if (suspects.convicts(delivery)) convict(delivery, refusal);
      else this.#alone.push(delivery);
    }
  }

  async #hearWitness(): Promise<boolean> {
    const { suspects, write, nowMs } = this.#parts;
    const witness = suspects.witness(nowMs());
    if (!witness) return false;
    const answer = await write([witness]);
    const verdict = 'items' in answer ? answer.items[0]?.status : undefined;
    if (verdict === 'exists' || verdict === 'ok') {
      this.#refusals = 0;
      this.#isTaking = true;
      return true;
    }
    suspects.acquit(this.#alone);
    return false;
  }
}
