import { hash } from 'node:crypto';

const HALF = 250_000;

/** Remembers at least the last 250,000 texts that it was asked about, at most twice as many, in some tens of MiB. */
export class Recent {
  #newer = new Set<string>();
  #older = new Set<string>();

  /** Whether it was asked about this text before. */
  knows(text: string): boolean {
    const short = Recent.#short(text);
    return this.#newer.has(short) || this.#older.has(short);
  }

  add(text: string): void {
    if (this.#newer.size >= HALF) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(Recent.#short(text));
  }

  /** 22 base64url characters of SHA-256: no accident makes two texts equal. */
  static #short(text: string): string {
    return hash('sha256', text, 'base64url').slice(0, 22);
  }
}
