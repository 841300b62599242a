import { ShardlineError } from '../core/errors.ts';
import type { LetterPlace, LetterToAdd } from './place.ts';
import { readLetter } from './stored.ts';

/** A message that is ours for a while. */
export interface QueuedLetter {
  readonly id: string;
  readonly text: string;
  readonly handle: string;
  /** Epoch milliseconds. */
  readonly sentMs: number;
}

/** A queue that letters are taken out of; it cannot be read without taking. */
export interface LetterQueue {
  readonly url: string;
  /** Some messages, none when there are none just now. */
  receive(signal: AbortSignal): Promise<readonly QueuedLetter[]>;
  remove(handles: readonly string[], signal: AbortSignal): Promise<void>;
  /** About how many letters wait in it, and how many somebody has received who has not removed them yet. */
  waiting(signal: AbortSignal): Promise<{ readonly here: number; readonly received: number }>;
  close(): void;
}

export interface SpoolParts {
  readonly queue: LetterQueue;
  readonly place: Pick<LetterPlace, 'add'>;
  /** What comes later is left for another time: a queue that is filled meanwhile would have no end. Epoch milliseconds. */
  readonly begunMs: number;
  /** Told of what is no letter: it stays in the queue. */
  readonly onUnreadable: (where: string, why: string) => void;
  /** Told of letters that somebody else has in hand, or a redrive had that was killed: they are not seen now. */
  readonly onReceived: (letters: number) => void;
  readonly onSpooled: (letters: number) => void;
  readonly stop: AbortSignal;
  /** What was received by the stop is still spooled, until then. */
  readonly end: AbortSignal;
}

/** Receives under way at once. */
const AT_ONCE = 4;
/** So much is put down together. */
const LETTERS = 2_000;
const BYTES = 8 * 1_048_576;
/** A queue is empty when it has brought nothing for so many times. */
const EMPTY_ROUNDS = 3;
const STRANGE_MOST = 10_000;

/** What was received and is not put down yet. */
class Gathered {
  #letters: (LetterToAdd & { readonly handle: string })[] = [];
  #bytes = 0;

  add(letter: LetterToAdd & { readonly handle: string }): void {
    this.#letters.push(letter);
    this.#bytes += letter.line.length;
  }

  isEnough(): boolean {
    return this.#letters.length >= LETTERS || this.#bytes >= BYTES;
  }

  take() {
    const letters = this.#letters;
    this.#letters = [];
    this.#bytes = 0;
    return letters;
  }
}

/** What several receives brought together, and whether one of them failed. */
const receiveSome = async ({ queue, stop }: SpoolParts) => {
  const rounds = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => queue.receive(stop)));
  const messages = rounds.flatMap((round) => (round.status === 'fulfilled' ? round.value : []));
  return { messages, failed: rounds.find((round) => round.status === 'rejected') };
};

/**
 * Moves the letters of a queue into a place, durably, then removes them from the queue: filtering in the queue itself
 * would use up the times that a message may be received. A queue is empty when it brings nothing several times in a row;
 * one that is filled meanwhile is left when it brings only what came after the beginning.
 */
export const spoolQueue = async (parts: SpoolParts): Promise<void> => {
  const { queue, place, begunMs, stop, end } = parts;
  const strange = new Set<string>();
  const gathered = new Gathered();
  const take = ({ id, text, handle }: QueuedLetter) => {
    const letter = readLetter(text);
    const why = 'unreadable' in letter ? letter.unreadable : text.includes('\n') ? 'it has several lines' : undefined;
    if (!('unreadable' in letter) && why === undefined) gathered.add({ letter, line: Buffer.from(text), handle });
    else if (!strange.has(id)) parts.onUnreadable(`${queue.url}, message ${id}`, why ?? '');
    if (why !== undefined) strange.add(id);
    if (strange.size > STRANGE_MOST)
      throw new ShardlineError(
        'SHARDLINE_DEAD_LETTERS_UNREADABLE',
        `${queue.url} holds other things than dead letters`,
      );
  };
  const putDown = async () => {
    const some = gathered.take();
    if (some.length === 0) return;
    await place.add(some, end);
    const handles = some.map(({ handle }) => handle);
    await queue.remove(handles, end);
    parts.onSpooled(some.length);
  };

  // However wrong our clock goes.
  const { here, received } = await queue.waiting(stop);
  if (received > 0) parts.onReceived(received);
  let atLeast = here;
  for (let empty = 0; empty < EMPTY_ROUNDS && !stop.aborted; ) {
    const { messages, failed } = await receiveSome(parts);
    for (const message of messages) take(message);
    const isOld = messages.some(({ sentMs }) => sentMs <= begunMs) || (messages.length > 0 && atLeast > 0);
    atLeast -= messages.length;
    empty = isOld ? 0 : empty + 1;
    if (failed || !isOld || gathered.isEnough()) await putDown();
    if (failed && !stop.aborted) throw failed.reason;
  }
  await putDown();
};
