import type { Clock } from '../core/clock.ts';
import type { DeadLetter, EarlierFailure } from '../core/letter.ts';
import { Account } from './account.ts';
import type { LetterPlace } from './place.ts';
import { type LetterLine, openBundles, UnreadableBundle } from './read.ts';
import type { Selection } from './select.ts';
import { type Bodies, Sieve, type Sifted, type WholeLetter } from './sieve.ts';
import type { StoredLetter } from './stored.ts';

export interface RedriveParts {
  readonly place: LetterPlace;
  readonly bodies: Bodies;
  readonly selection: Selection;
  /** When this redrive began, ISO-8601: by it, it knows the letters that it wrote itself. */
  readonly begunAt: string;
  /** Sends a letter's record on its way; calls back once all of it is settled, with the letters that it became. */
  readonly deliver: (
    letter: WholeLetter,
    history: readonly EarlierFailure[],
    onSettled: (letters: readonly DeadLetter[]) => void,
  ) => Promise<void>;
  /** Resolves when all that was delivered is settled, or the signal aborts. */
  readonly idle: (signal: AbortSignal) => Promise<void>;
  /** Letters a second; as fast as they go where undefined. */
  readonly rate: number | undefined;
  /** Told of what cannot be read: which line of what, and why. */
  readonly onUnreadable: (where: string, why: string) => void;
  readonly clock: Clock;
  /** Nothing more is read then. */
  readonly stop: AbortSignal;
  /** What is not settled then stays a letter. */
  readonly deadline: AbortSignal;
  /** What is done by then is not removed any more: it will be done again. */
  readonly end: AbortSignal;
}

/** What became of the letters that the filters let through. */
interface Outcomes {
  /** In the index now, or left out by today's transform. */
  delivered: number;
  /** Letters again. */
  failed: number;
  /** The letters that they became, by reason. */
  readonly reasons: Record<string, number>;
}

/** How far a redrive has come. */
export type Redriven = Sifted & Outcomes;

/** Removals cost a request: those of so long go together. */
const COMMIT_MS = 250;
/** Letters that are too large for their target are few: this is a bound, not a batch. */
const BODIES_MOST = 100_000;
/** What a letter remembers. */
const HISTORY_MOST = 10;
const MESSAGE_MOST = 1_000;

const historyOf = ({ history, reason, message, writtenAt }: StoredLetter, redrivenAt: string) => {
  const last = { reason, message: message.slice(0, MESSAGE_MOST), writtenAt, redrivenAt };
  return [...history, last].slice(-HISTORY_MOST);
};

/**
 * Takes letters through today's transform into the index. A line is removed only after all that its letter became is
 * settled: indexed, or durable as a new letter; so whatever ends a redrive, at every moment each letter is in at least
 * one place. Two at once do the same work twice: neither changes a bundle, and each removes only what it has seen to.
 */
export class Redrive {
  readonly #parts: RedriveParts;
  readonly #sieve: Sieve;
  readonly #outcomes: Outcomes = { delivered: 0, failed: 0, reasons: {} };
  readonly #open = new Set<Account>();
  /** Whole letters that nobody needs any more. A copy of a pointer may still come, which must find its own. */
  #bodies: string[] = [];
  readonly #startedMs: number;
  #committedMs: number;

  constructor(parts: RedriveParts) {
    this.#parts = parts;
    this.#sieve = new Sieve(parts);
    this.#startedMs = parts.clock.now();
    this.#committedMs = this.#startedMs;
  }

  counts(): Redriven {
    return { ...this.#sieve.counts, ...this.#outcomes };
  }

  /** Rejects when the place can be read or cleared no more; what was done until then is done. */
  async run(): Promise<void> {
    const { idle, deadline, end } = this.#parts;
    let isAll = false;
    try {
      isAll = await this.#readAll();
    } finally {
      await idle(deadline);
      await this.#commit([...this.#open]).catch((thrown: unknown) => {
        if (!end.aborted) throw thrown;
      });
    }
    if (isAll) await this.#removeBodies();
  }

  /** Whether nothing stopped it before the end. */
  async #readAll(): Promise<boolean> {
    const { place, selection, stop, clock } = this.#parts;
    try {
      for await (const { bundle, lines } of openBundles(place, selection, stop)) {
        const account = new Account(bundle);
        this.#open.add(account);
        await this.#readBundle(account, lines);
        if (stop.aborted) return false;
        if (clock.now() - this.#committedMs < COMMIT_MS) continue;
        await this.#commit([...this.#open].filter((each) => each.isReady()));
        this.#committedMs = clock.now();
      }
    } catch (thrown) {
      if (!stop.aborted) throw thrown;
    }
    return !stop.aborted;
  }

  async #readBundle(account: Account, lines: AsyncIterable<readonly LetterLine[]>): Promise<void> {
    const { stop } = this.#parts;
    const { name } = account.bundle;
    try {
      for await (const some of lines)
        for (const line of some) {
          if (stop.aborted) return;
          const letter = await this.#sieve.sift(line, name, stop);
          if (letter === 'copy') account.goes(line.line);
          else if (letter) await this.#deliver(account, line, letter);
          else account.stays();
        }
      account.read();
    } catch (thrown) {
      if (!(thrown instanceof UnreadableBundle) || stop.aborted) throw thrown;
      account.broke();
      this.#sieve.unreadable(name, thrown.message);
    }
  }

  async #deliver(account: Account, { line, letter }: LetterLine, whole: WholeLetter): Promise<void> {
    const { deliver, begunAt, stop } = this.#parts;
    await this.#pace();
    const settled = account.owe(line);
    if (stop.aborted) return;
    await deliver(whole, historyOf(whole, begunAt), (letters) => {
      settled();
      if ('body' in letter && letter.body !== undefined) account.bodies.push(letter.body);
      if (letters.length === 0) this.#outcomes.delivered += 1;
      else this.#outcomes.failed += 1;
      const { reasons } = this.#outcomes;
      for (const { reason } of letters) reasons[reason] = (reasons[reason] ?? 0) + 1;
    });
  }

  async #pace(): Promise<void> {
    const { rate, clock, stop } = this.#parts;
    if (rate === undefined) return;
    const dueMs = this.#startedMs + ((this.#sieve.counts.selected - 1) / rate) * 1_000;
    if (dueMs > clock.now()) await clock.sleep(dueMs - clock.now(), stop);
  }

  /** Removes what was seen to, durably; what stays of a bundle is written elsewhere first. */
  async #commit(accounts: readonly Account[]): Promise<void> {
    const { place, end } = this.#parts;
    const over = accounts.filter((account) => account.verdict() === 'remove');
    for (const account of accounts.filter((each) => each.verdict() === 'rewrite'))
      if (await this.#keepRest(account)) over.push(account);
    const bundles = over.map(({ bundle }) => bundle);
    if (bundles.length > 0) await place.remove(bundles, end);
    for (const account of over) this.#bodies.push(...account.bodies);
    for (const account of accounts) this.#open.delete(account);
    if (this.#bodies.length >= BODIES_MOST) await this.#removeBodies();
  }

  /** Whether what stays of a bundle is durable elsewhere. */
  async #keepRest(account: Account): Promise<boolean> {
    const { place, end } = this.#parts;
    try {
      await place.keep(account.bundle, account.rest(place, end), end);
      return true;
    } catch (thrown) {
      if (!(thrown instanceof UnreadableBundle) || end.aborted) throw thrown;
      this.#sieve.unreadable(account.bundle.name, thrown.message);
      return false;
    }
  }

  async #removeBodies(): Promise<void> {
    const { bodies, end } = this.#parts;
    const addresses = this.#bodies;
    this.#bodies = [];
    if (addresses.length > 0) await bodies.remove(addresses, end);
  }
}
