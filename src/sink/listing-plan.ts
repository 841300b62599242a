/** A stretch of arrivals whose documents are asked for together. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  /** Only documents whose digest begins so; empty: all. */
  readonly digestPrefix: string;
  /** Of these, only the ones whose digest goes on with none of `DIGEST_ALPHABET`. */
  readonly others: boolean;
}

/** A window aims at less than an answer can hold, since the next stretch may be busier. */
const AIM = 0.8;
const FIRST_MS = 60_000;
const GROWTH = 8;
/** A digest is base64url; these are its characters. */
export const DIGEST_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const EVERY = { digestPrefix: '', others: false } as const;

/** How long the next window should be after one that held so many documents, milliseconds. */
const lengthAfter = (lengthMs: number, documents: number, page: number): number =>
  Math.max(1, Math.floor(lengthMs * Math.min(GROWTH, (AIM * page) / Math.max(1, documents))));

/**
 * Cuts a range of arrivals into windows that each fit into one answer, by what the windows before held. Nothing is kept
 * open in the cluster between two of them, and each can be asked for again.
 */
export class ListingPlan {
  readonly #toMs: number;
  readonly #page: number;
  #atMs: number;
  #lengthMs = FIRST_MS;
  /** Windows of one crowded millisecond. */
  #crowded: Window[] = [];

  /** `page`: how many documents an answer can hold. */
  constructor(range: { readonly fromMs: number; readonly toMs: number }, page: number) {
    this.#page = page;
    this.#atMs = range.fromMs;
    this.#toMs = range.toMs;
  }

  /** What to ask for next; undefined at the end. */
  next(): Window | undefined {
    const crowded = this.#crowded.at(-1);
    if (crowded) return crowded;
    if (this.#atMs >= this.#toMs) return undefined;
    return { fromMs: this.#atMs, toMs: Math.min(this.#toMs, this.#atMs + this.#lengthMs), ...EVERY };
  }

  /**
   * So many documents lie in the window that was asked for; whether its answer held all of them. Throws where thousands
   * of documents of one millisecond cannot be told apart.
   */
  answered(window: Window, documents: number): boolean {
    const lengthMs = window.toMs - window.fromMs;
    const fits = documents <= this.#page;
    const isCrowded = this.#crowded.length > 0;
    if (!isCrowded) this.#lengthMs = lengthAfter(lengthMs, documents, this.#page);
    if (!fits && lengthMs > 1) return false;
    if (isCrowded) this.#crowded.pop();
    else this.#atMs = window.toMs;
    if (!fits) this.#crowd(window);
    return fits;
  }

  /** More arrived within one millisecond than fit: its digests, which are spread evenly, cut it further. */
  #crowd(window: Window): void {
    if (window.others) {
      const at = new Date(window.fromMs).toISOString();
      throw new Error(`more than ${this.#page} documents that arrived at ${at} have the same ingest.digest, or none`);
    }
    this.#crowded.push({ ...window, others: true });
    for (const character of DIGEST_ALPHABET)
      this.#crowded.push({ ...window, digestPrefix: `${window.digestPrefix}${character}` });
  }
}
