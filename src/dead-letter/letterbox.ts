import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import type { DeadLetter, DeadLetters } from '../core/letter.ts';
import type { Log } from '../core/log.ts';

/** A letter on its way, and what is told once it is durable. */
export interface Posted {
  readonly letter: DeadLetter;
  readonly onDurable: () => void;
  /** Aborted when the shard's lease is lost: a letter not written yet is dropped, the next owner writes it. */
  readonly lost: AbortSignal;
}

export interface LetterboxOptions {
  readonly target: DeadLetters;
  /** One write carries at most so many letters and about so many bytes of records and documents. */
  readonly maxLetters: number;
  readonly maxBytes: number;
  readonly backoff: BackoffPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Collects dead letters of all shards into few durable writes. A target that fails is tried again for ever: the
 * letters' records stay owed, so no checkpoint passes them, and the memory budget stops the readers in time.
 */
export class Letterbox {
  readonly #options: LetterboxOptions;
  #waiting: Posted[] = [];
  #wake = new AbortController();
  #closed = false;
  #trouble: string | undefined;

  constructor(options: LetterboxOptions) {
    this.#options = options;
  }

  post(posted: Posted): void {
    this.#waiting.push(posted);
    this.#wake.abort();
  }

  /** Why letters cannot be written right now; undefined while they can. */
  trouble(): string | undefined {
    return this.#trouble;
  }

  /** Writes what is posted until closed. */
  async run(): Promise<void> {
    const { clock, random, backoff, log } = this.#options;
    for (let failures = 0; !this.#closed; ) {
      this.#wake = new AbortController();
      const batch = this.#next();
      if (batch.length === 0) {
        await clock.sleep(60_000, this.#wake.signal);
        continue;
      }
      try {
        await this.#options.target.put(batch.map(({ letter }) => letter));
      } catch (thrown) {
        this.#waiting = [...batch, ...this.#waiting];
        this.#trouble = `dead letters cannot be written: ${describe(thrown)}`;
        log.error(
          { error: describe(thrown), letters: batch.length, attempt: failures + 1 },
          'dead letters cannot be written; trying again',
        );
        await this.#pause(backoffMs(failures, backoff, random));
        failures += 1;
        continue;
      }
      failures = 0;
      this.#trouble = undefined;
      for (const { onDurable } of batch) onDurable();
    }
    await this.#options.target.close();
  }

  /** Ends `run` after the write under way. Letters not written stay owed. */
  close(): void {
    this.#closed = true;
    this.#wake.abort();
  }

  /** Not cut short by further letters, or a full disk would be asked without a pause. */
  async #pause(ms: number): Promise<void> {
    const { clock } = this.#options;
    const untilMs = clock.now() + ms;
    while (!this.#closed && clock.now() < untilMs) {
      this.#wake = new AbortController();
      await clock.sleep(untilMs - clock.now(), this.#wake.signal);
    }
  }

  #next(): readonly Posted[] {
    this.#waiting = this.#waiting.filter(({ lost }) => !lost.aborted);
    let bytes = 0;
    let count = 0;
    for (const { letter } of this.#waiting) {
      const more = letter.raw.byteLength + (letter.document?.length ?? 0);
      if (count > 0 && (count >= this.#options.maxLetters || bytes + more > this.#options.maxBytes)) break;
      bytes += more;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }
}
