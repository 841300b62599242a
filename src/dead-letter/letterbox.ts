import type { BackoffPolicy } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { DeadLetter, DeadLetters } from '../core/letter.ts';
import type { Log } from '../core/log.ts';
import { Outbox } from '../core/outbox.ts';

/** A letter on its way, and what is told once it is durable. */
export interface Posted {
  readonly letter: DeadLetter;
  readonly onDurable: () => void;
  /** Aborted when the shard's lease is lost: a letter not written yet is dropped, the next owner writes it. */
  readonly lost: AbortSignal;
}

export interface LetterboxOptions {
  readonly target: Pick<DeadLetters, 'put' | 'close'>;
  /** One write carries at most so many letters and about so many bytes of records and documents. */
  readonly maxLetters: number;
  readonly maxBytes: number;
  /** How long a write that is not full waits for more, for targets where each write costs money; 0 when left out. */
  readonly lingerMs?: number;
  readonly backoff: BackoffPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Collects dead letters of all shards into few durable writes, and has those written again that were not taken. */
export class Letterbox {
  readonly #outbox: Outbox<DeadLetter>;

  constructor({ target, maxLetters, lingerMs = 0, ...options }: LetterboxOptions) {
    this.#outbox = new Outbox({
      ...options,
      what: 'dead letters',
      put: (letters, signal) => target.put(letters, signal),
      close: () => target.close(),
      bytesOf: ({ raw, document }) => raw.byteLength + (document?.length ?? 0),
      maxItems: maxLetters,
      lingerMs,
    });
  }

  post({ letter, onDurable, lost }: Posted): void {
    this.#outbox.post({ item: letter, onDurable, lost });
  }

  /** Why letters cannot be written right now; undefined while they can. */
  trouble(): string | undefined {
    return this.#outbox.trouble();
  }

  /** Writes what is posted until closed. */
  run(): Promise<void> {
    return this.#outbox.run();
  }

  /** Ends `run`, and the write under way. Letters not written stay owed. */
  close(): void {
    this.#outbox.close();
  }
}
