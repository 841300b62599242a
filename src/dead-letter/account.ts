import type { Bundle, LetterPlace } from './place.ts';
import { soundLines } from './read.ts';
import { readLetter } from './stored.ts';

/** What became of a bundle's lines so far. */
export class Account {
  readonly bundle: Bundle;
  /** Whole letters that its pointers led to and that nobody needs any more. */
  readonly bodies: string[] = [];
  readonly #gone: boolean[] = [];
  #left = 0;
  #goneCount = 0;
  #owed = 0;
  #isRead = false;
  #isBroken = false;

  constructor(bundle: Bundle) {
    this.bundle = bundle;
  }

  /** A line stays where it is. */
  stays(): void {
    this.#left += 1;
  }

  /** A line is on its way; returns what is called once it is settled. */
  owe(line: number): () => void {
    this.#owed += 1;
    this.#left += 1;
    return () => {
      this.#owed -= 1;
      this.#left -= 1;
      this.goes(line);
    };
  }

  /** A line may be removed. */
  goes(line: number): void {
    this.#gone[line] = true;
    this.#goneCount += 1;
  }

  /** All its lines were seen. */
  read(): void {
    this.#isRead = true;
  }

  /** It cannot be read to its end: nothing can be told from what. It stays, and what of it is done will be done again. */
  broke(): void {
    this.#isBroken = true;
  }

  /** Whether nothing more will become of its lines. */
  isReady(): boolean {
    return this.#isRead && this.#owed === 0;
  }

  /** What is to be done about the bundle. */
  verdict(): 'remove' | 'rewrite' | 'leave' {
    if (this.#isBroken) return 'leave';
    // Also where nothing is in it but what was cut short.
    if (this.#isRead && this.#left === 0) return 'remove';
    return this.#goneCount === 0 ? 'leave' : 'rewrite';
  }

  /** The lines that stay, read again. */
  async *rest(place: LetterPlace, signal: AbortSignal): AsyncIterable<Buffer> {
    for await (const lines of soundLines(place.read(this.bundle, signal)))
      for (const { number, bytes, ended } of lines) {
        if (this.#gone[number] || bytes.length === 0) continue;
        // What was cut short was never told to be durable.
        if (ended || !('unreadable' in readLetter(bytes.toString()))) yield bytes;
      }
  }
}
