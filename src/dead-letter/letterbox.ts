import { type BackoffPolicy, backoffMs } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import type { DeadLetter, DeadLetters, Unkept } from '../core/letter.ts';
import type { Log } from '../core/log.ts';

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

/**
 * Collects dead letters of all shards into few durable writes. A letter that its target does not take is put again for
 * ever, behind the others, so that one which is refused holds up nobody: its record stays owed, so no checkpoint passes
 * it, and the memory budget stops the readers in time.
 */
export class Letterbox {
  readonly #options: LetterboxOptions;
  readonly #closed = new AbortController();
  #waiting: Posted[] = [];
  #wake = new AbortController();
  /** Letters that the target did not take, and why; all of them wait. */
  readonly #unkept = new Map<Posted, string>();

  constructor(options: LetterboxOptions) {
    this.#options = options;
  }

  post(posted: Posted): void {
    this.#waiting.push(posted);
    this.#wake.abort();
  }

  /** Why letters cannot be written right now; undefined while they can. */
  trouble(): string | undefined {
    const [why] = this.#unkept.values();
    return why === undefined ? undefined : `dead letters cannot be written: ${why}`;
  }

  /** Writes what is posted until closed. */
  async run(): Promise<void> {
    const { clock, random, backoff, lingerMs = 0 } = this.#options;
    for (let failures = 0; !this.#closed.signal.aborted; ) {
      this.#wake = new AbortController();
      this.#dropLost();
      if (this.#waiting.length === 0) {
        await clock.sleep(60_000, this.#wake.signal);
        continue;
      }
      if (lingerMs > 0 && this.#count() === this.#waiting.length) await this.#pause(lingerMs);
      if (this.#closed.signal.aborted) break;
      const batch = this.#waiting.splice(0, this.#count());
      const unkept = await this.#put(batch);
      const failed = this.#settle(batch, unkept);
      failures = failed === 0 ? 0 : failed < batch.length ? 1 : failures + 1;
      if (failures > 0) await this.#pause(backoffMs(failures - 1, backoff, random));
    }
    await this.#options.target.close();
  }

  /** Ends `run`, and the write under way. Letters not written stay owed. */
  close(): void {
    this.#closed.abort();
    this.#wake.abort();
  }

  async #put(batch: readonly Posted[]): Promise<readonly Unkept[]> {
    try {
      const letters = batch.map(({ letter }) => letter);
      return await this.#options.target.put(letters, this.#closed.signal);
    } catch (thrown) {
      return batch.map(() => describe(thrown));
    }
  }

  /** Tells of those that are durable, keeps the others; returns how many these are. */
  #settle(batch: readonly Posted[], unkept: readonly Unkept[]): number {
    let failed = 0;
    let error = '';
    for (const [i, posted] of batch.entries()) {
      const why = i < unkept.length ? unkept[i] : 'the target said nothing of it';
      if (why === undefined) {
        this.#unkept.delete(posted);
        posted.onDurable();
        continue;
      }
      failed += 1;
      error = why;
      this.#unkept.set(posted, why);
      this.#waiting.push(posted);
    }
    if (failed > 0 && !this.#closed.signal.aborted)
      this.#options.log.error({ error, letters: failed }, 'dead letters cannot be written; trying again');
    return failed;
  }

  /** Not cut short by further letters, or a full disk would be asked without a pause. */
  async #pause(ms: number): Promise<void> {
    const { clock } = this.#options;
    await clock.sleep(ms, this.#closed.signal);
  }

  /** Letters of a lost lease: the shard's next owner writes them. */
  #dropLost(): void {
    this.#waiting = this.#waiting.filter((posted) => {
      if (posted.lost.aborted) this.#unkept.delete(posted);
      return !posted.lost.aborted;
    });
  }

  /** How many of those that wait fit into one write. */
  #count(): number {
    let bytes = 0;
    let count = 0;
    for (const { letter } of this.#waiting) {
      const more = letter.raw.byteLength + (letter.document?.length ?? 0);
      if (count > 0 && (count >= this.#options.maxLetters || bytes + more > this.#options.maxBytes)) break;
      bytes += more;
      count += 1;
    }
    return count;
  }
}
