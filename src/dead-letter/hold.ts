import type { Clock } from '../core/clock.ts';
import type { DeadLetter, DeadLetters } from '../core/letter.ts';
import type { Log } from '../core/log.ts';

/** From so many on within the window a share means something. */
const LEAST = 1_000;
const BUCKET_MS = 1_000;
const BUCKETS = 60;

/** How many of those of the last minute were bad, in buckets of a second. */
class LastMinute {
  readonly #all = new Float64Array(BUCKETS);
  readonly #bad = new Float64Array(BUCKETS);
  #at = 0;

  count(all: number, bad: number, nowMs: number): void {
    const bucket = Math.floor(nowMs / BUCKET_MS);
    for (let old = Math.max(this.#at + 1, bucket - BUCKETS + 1); old <= bucket; old += 1) {
      this.#all[old % BUCKETS] = 0;
      this.#bad[old % BUCKETS] = 0;
    }
    this.#at = Math.max(this.#at, bucket);
    this.#all[bucket % BUCKETS] = (this.#all[bucket % BUCKETS] ?? 0) + all;
    this.#bad[bucket % BUCKETS] = (this.#bad[bucket % BUCKETS] ?? 0) + bad;
  }

  sums(): { readonly all: number; readonly bad: number } {
    const sum = (each: Float64Array) => each.reduce((total, count) => total + count, 0);
    return { all: sum(this.#all), bad: sum(this.#bad) };
  }
}

export interface HoldOptions {
  /** Letters are held when more than this share of the last minute would be dead letters; Infinity: never. */
  readonly above: number;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Keeps a bad deploy from becoming a bad night: when more than a share of the last minute's events or documents would
 * be dead letters, the fault is hardly theirs, and no letter is written any more until the worker is started anew. Their
 * records stay owed. Events and what OpenSearch said of documents are counted apart: the one runs far ahead of the other.
 */
export class LetterHold {
  readonly #options: HoldOptions;
  readonly #events = new LastMinute();
  readonly #documents = new LastMinute();
  #why: string | undefined;
  /** The event of the last letter: those of one event come one after another. */
  #last: Pick<DeadLetter, 'shard' | 'sequenceNumber' | 'subSequenceNumber'> | undefined;

  constructor(options: HoldOptions) {
    this.#options = options;
  }

  /** So many events went through the transform, whatever became of them. */
  transformed(events: number): void {
    this.#events.count(events, 0, this.#options.clock.now());
  }

  /** So many documents are in the index. */
  delivered(documents: number): void {
    this.#documents.count(documents, 0, this.#options.clock.now());
  }

  /** A letter is about to be written. */
  letter(letter: DeadLetter): void {
    const { reason, answer, message } = letter;
    // An index that was given up was waited for by the clock; its share says nothing.
    if (reason === 'index-unavailable') return;
    // Of one event many documents may be unfit; decoding counts what it could not make an event of.
    if (answer === undefined && !reason.startsWith('decode-') && this.#isOfLastEvent(letter)) return;
    const minute = answer === undefined ? this.#events : this.#documents;
    // What could not be read never came to the transform, and what was refused is not delivered.
    minute.count(answer !== undefined || reason.startsWith('decode-') ? 1 : 0, 1, this.#options.clock.now());
    if (this.#why !== undefined) return;
    const { all, bad } = minute.sums();
    if (all < LEAST || bad <= all * this.#options.above) return;
    const share = `${Math.min(100, Math.round((100 * bad) / all))} % of the last ${all}`;
    this.#why = `${share} ${answer === undefined ? 'events' : 'documents'} would be dead letters, lately ${reason} (${message}). They are held: mend it and start the worker anew, or let them go with dead_letter.hold_above: off`;
    this.#options.log.error({ why: this.#why }, 'dead letters are held');
  }

  #isOfLastEvent({ shard, sequenceNumber, subSequenceNumber }: DeadLetter): boolean {
    const last = this.#last;
    this.#last = { shard, sequenceNumber, subSequenceNumber };
    return (
      last?.sequenceNumber === sequenceNumber && last.subSequenceNumber === subSequenceNumber && last.shard === shard
    );
  }

  /** Why letters are held; undefined while they are not. */
  why(): string | undefined {
    return this.#why;
  }

  /** The target, that takes no letter while they are held. */
  over(target: Pick<DeadLetters, 'put' | 'close'>): Pick<DeadLetters, 'put' | 'close'> {
    return {
      put: async (letters, signal) => {
        const why = this.#why;
        return why === undefined ? target.put(letters, signal) : letters.map(() => why);
      },
      close: () => target.close(),
    };
  }
}
