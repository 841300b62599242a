import { describe, ShardlineError } from '../core/errors.ts';
import { type Line, linesOf } from './line-reader.ts';
import type { Bundle, LetterPlace, Narrow } from './place.ts';
import { readLetter, type StoredLetter, type Unreadable } from './stored.ts';

/** A line of a bundle, read. */
export interface LetterLine {
  /** Counted from 0. */
  readonly line: number;
  readonly letter: StoredLetter | Unreadable;
}

/** A bundle and its lines, some at a time. */
export interface OpenBundle {
  readonly bundle: Bundle;
  readonly lines: AsyncIterable<readonly LetterLine[]>;
}

/** Each small object costs a round trip: so many are fetched ahead. */
const AHEAD = 8;
const SMALL_BYTES = 262_144;
const AHEAD_BYTES = 1_048_576;

/** A bundle is damaged, or changed while it was read; others may be sound. */
export class UnreadableBundle extends Error {}

/** The lines of a bundle; throws UnreadableBundle where it is damaged, or changes meanwhile. */
export async function* soundLines(pieces: AsyncIterable<Buffer>): AsyncIterable<readonly Line[]> {
  try {
    yield* linesOf(pieces);
  } catch (cause) {
    // Such as a place that cannot be read at all.
    if (cause instanceof ShardlineError) throw cause;
    throw new UnreadableBundle(describe(cause), { cause });
  }
}

async function* lettersOf(all: AsyncIterable<readonly Line[]>): AsyncIterable<readonly LetterLine[]> {
  for await (const lines of all) {
    yield lines.flatMap(({ number, bytes, ended }: Line): LetterLine[] => {
      if (bytes.length === 0) return [];
      const letter = readLetter(bytes.toString());
      // A line that was cut short was never told to be durable: its record is still owed.
      return 'unreadable' in letter && !ended ? [] : [{ line: number, letter }];
    });
  }
}

/** Reads some of the pieces now, and the others when they are asked for: what is small may be packed. */
const fetchAhead = async (pieces: AsyncIterable<Buffer>) => {
  const rest = pieces[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  for (let bytes = 0; bytes < AHEAD_BYTES; ) {
    const { done, value } = await rest.next();
    if (done) break;
    read.push(value);
    bytes += value.length;
  }
  return { read, rest };
};

async function* fetched(ahead: ReturnType<typeof fetchAhead>): AsyncIterable<Buffer> {
  const { read, rest } = await ahead;
  yield* read;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** A bundle and its lines as they are, some at a time. */
export interface BundleOfLines {
  readonly bundle: Bundle;
  readonly lines: AsyncIterable<readonly Line[]>;
}

/** Opens the bundles of a place one after another, in the order of their listing; small ones are fetched ahead. */
export async function* openLines(
  place: Pick<LetterPlace, 'list' | 'read'>,
  narrow: Narrow,
  signal: AbortSignal,
): AsyncIterable<BundleOfLines> {
  const opened: BundleOfLines[] = [];
  for await (const bundle of place.list(narrow, signal)) {
    let pieces = place.read(bundle, signal);
    if (bundle.bytes <= SMALL_BYTES) {
      const ahead = fetchAhead(pieces);
      // Whoever reads it will be told.
      ahead.catch(() => undefined);
      pieces = fetched(ahead);
    }
    opened.push({ bundle, lines: soundLines(pieces) });
    const next = opened.length > AHEAD ? opened.shift() : undefined;
    if (next) yield next;
  }
  yield* opened;
}

/** The same, each line read as a letter. */
export async function* openBundles(place: LetterPlace, narrow: Narrow, signal: AbortSignal): AsyncIterable<OpenBundle> {
  for await (const { bundle, lines } of openLines(place, narrow, signal)) yield { bundle, lines: lettersOf(lines) };
}

/**
 * Every letter of a place that may be wanted, some at a time, in bounded memory. Letters are at least once: whoever
 * counts them de-duplicates by `letterId`. Pointers stay pointers.
 */
export async function* readLetters(
  place: LetterPlace,
  narrow: Narrow,
  signal: AbortSignal,
): AsyncIterable<readonly LetterLine[]> {
  for await (const { lines } of openBundles(place, narrow, signal)) yield* lines;
}

/** Times that a place is listed at the most: what a redrive moves each time in between is told of. */
const LISTINGS_MOST = 20;

/**
 * Every letter of a place while a redrive moves letters about in it, or a worker adds some; some come several times. A
 * letter is somewhere at every moment, but what is moved between a listing and the reading of it was seen in neither
 * place. So it is listed again until nothing has gone since, and what is new or has grown is read. `onRestless` is called
 * when it never came to that.
 */
export async function* readRestlessLetters(
  place: LetterPlace,
  narrow: Narrow,
  { signal, onRestless }: { readonly signal: AbortSignal; readonly onRestless: () => void },
): AsyncIterable<readonly LetterLine[]> {
  const seen = new Map<string, number>();
  for (let listing = 0; listing < LISTINGS_MOST && !signal.aborted; listing += 1) {
    const there = new Set<string>();
    const unseen: LetterPlace['list'] = async function* (...asked) {
      for await (const bundle of place.list(...asked)) {
        there.add(bundle.name);
        if (seen.get(bundle.name) === bundle.bytes) continue;
        seen.set(bundle.name, bundle.bytes);
        yield bundle;
      }
    };
    yield* readLetters({ ...place, list: unseen }, narrow, signal);
    const gone = [...seen.keys()].filter((name) => !there.has(name));
    if (listing > 0 && gone.length === 0) return;
    for (const name of gone) seen.delete(name);
  }
  if (!signal.aborted) onRestless();
}
