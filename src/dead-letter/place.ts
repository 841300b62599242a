import type { StoredLetter } from './stored.ts';

/** Which letters are wanted, as far as a place can tell without reading them. */
export interface Narrow {
  readonly reason?: string | undefined;
  readonly shard?: string | undefined;
  /** Bounds of the record's arrival, epoch milliseconds, the second one exclusive; infinite where nobody set them. */
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** A file or an object that holds letters, one a line. What is in it stays as it is until it goes. */
export interface Bundle {
  /** Its path or key. */
  readonly name: string;
  readonly bytes: number;
}

/** A letter on its way into a place: its line, and what the line says. */
export interface LetterToAdd {
  readonly letter: Pick<StoredLetter, 'arrivedMs' | 'reason' | 'shard' | 'sequenceNumber'>;
  readonly line: Buffer;
}

/** A place that letters are read back from. */
export interface LetterPlace {
  /** What may hold letters that are wanted. */
  list(narrow: Narrow, signal: AbortSignal): AsyncIterable<Bundle>;
  /** Its bytes in pieces; none where somebody has taken it away meanwhile. */
  read(bundle: Bundle, signal: AbortSignal): AsyncIterable<Buffer>;
  /** Resolves once these lines of a bundle are durable in a new one of the same place. */
  keep(bundle: Bundle, lines: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void>;
  /** Resolves once these letters are durable in new bundles. */
  add(letters: readonly LetterToAdd[], signal: AbortSignal): Promise<void>;
  /** Takes bundles away; one that is gone already is none to tell of. */
  remove(bundles: readonly Bundle[], signal: AbortSignal): Promise<void>;
  close(): void;
}

/** Whether letters of a day, `yyyy-MM-dd` in UTC, may have arrived within the bounds. */
export const mayHold = (day: string, { sinceMs, untilMs }: Narrow): boolean => {
  const startMs = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(startMs) || (startMs < untilMs && startMs + 86_400_000 > sinceMs);
};
