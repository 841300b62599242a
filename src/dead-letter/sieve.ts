import { letterId } from './envelope.ts';
import type { LetterLine } from './read.ts';
import { Recent } from './recent.ts';
import { isOwn, isWanted, type Selection } from './select.ts';
import type { StoredLetter, Unreadable } from './stored.ts';

/** A letter with the bytes to decode. */
export interface WholeLetter extends StoredLetter {
  readonly raw: Uint8Array;
}

/** Where the whole letters are that pointers lead to. */
export interface Bodies {
  follow(pointer: StoredLetter, signal: AbortSignal): Promise<WholeLetter | Unreadable>;
  remove(addresses: readonly string[], signal: AbortSignal): Promise<void>;
}

/** What was met on the way. */
export interface Sifted {
  /** Letters that the filters let through, each counted once. */
  selected: number;
  /** Further copies of them. */
  copies: number;
  /** Letters of other applications or streams. */
  foreign: number;
  /** Lines and bundles that cannot be read. */
  unreadable: number;
}

export interface SieveParts {
  readonly selection: Selection;
  readonly bodies: Bodies;
  /** When this run began, ISO-8601: the letters that it wrote itself are none of its business. */
  readonly begunAt: string;
  /** Told of what cannot be read: which line of what, and why. */
  readonly onUnreadable: (where: string, why: string) => void;
}

const isWhole = (letter: StoredLetter): letter is WholeLetter => letter.raw !== undefined;

/** Tells which letters are wanted, each once, with their pointers followed. */
export class Sieve {
  readonly counts: Sifted = { selected: 0, copies: 0, foreign: 0, unreadable: 0 };
  readonly #parts: SieveParts;
  readonly #seen = new Recent();

  constructor(parts: SieveParts) {
    this.#parts = parts;
  }

  /** The letter; or that it is a further copy of one; or that it is not wanted, or cannot be read. */
  async sift(
    { line, letter }: LetterLine,
    bundle: string,
    signal: AbortSignal,
  ): Promise<WholeLetter | 'copy' | undefined> {
    const { selection, begunAt, bodies } = this.#parts;
    const where = `${bundle}, line ${line + 1}`;
    if ('unreadable' in letter) return this.unreadable(where, letter.unreadable);
    if (!isOwn(selection, letter)) {
      this.counts.foreign += 1;
      return undefined;
    }
    if (!isWanted(selection, letter) || letter.history.at(-1)?.redrivenAt === begunAt) return undefined;
    // The same record read otherwise (line by line, or whole) may fail under the same id: those are no copies.
    const id = `${letterId(letter)} ${letter.raw?.byteLength ?? letter.body}`;
    if (this.#seen.knows(id)) {
      this.counts.copies += 1;
      return 'copy';
    }
    const whole = isWhole(letter) ? letter : await bodies.follow(letter, signal);
    if ('unreadable' in whole) return this.unreadable(where, whole.unreadable);
    this.#seen.add(id);
    this.counts.selected += 1;
    return whole;
  }

  unreadable(where: string, why: string): undefined {
    this.counts.unreadable += 1;
    this.#parts.onUnreadable(where, why);
  }
}
