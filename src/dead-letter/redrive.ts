import type { Clock } from '../core/clock.ts';
import { describe, ShardlineError } from '../core/errors.ts';
import type { DeadLetter, EarlierFailure } from '../core/letter.ts';
import { Account } from './account.ts';
import { letterId } from './envelope.ts';
import type { LetterPlace } from './place.ts';
import { type LetterLine, openBundles } from './read.ts';
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

/** How far a redrive has come. */
export interface Redriven {
  /** Letters that the filters let through, each counted once. */
  selected: number;
  /** Those of them that are in the index now, or that today's transform leaves out. */
  delivered: number;
  /** Those of them that became letters again. */
  failed: number;
  /** The letters that they became, by reason. */
  readonly reasons: Record<string, number>;
  /** Further copies of selected letters: removed with them. */
  copies: number;
  /** Letters of other applications or streams: they stay. */
  foreign: number;
  /** Lines and bundles that cannot be read: they stay. */
  unreadable: number;
}

const nothingYet = (): Redriven => ({
  selected: 0,
  delivered: 0,
  failed: 0,
  reasons: {},
  copies: 0,
  foreign: 0,
  unreadable: 0,
});

/** Removals cost a request: those of so long go together. */
const COMMIT_MS = 250;
/** What a letter remembers. */
const HISTORY_MOST = 10;
const MESSAGE_MOST = 1_000;

const historyOf = ({ history, reason, message, writtenAt }: StoredLetter, redrivenAt: string) => {
  const last = { reason, message: message.slice(0, MESSAGE_MOST), writtenAt, redrivenAt };
  return [...history, last].slice(-HISTORY_MOST);
};

const isWhole = (letter: StoredLetter): letter is WholeLetter => letter.raw !== undefined;

/**
 * Takes letters through today's transform into the index. A line is removed only after all that its letter became is
 * settled: indexed, or durable as a new letter; so whatever ends a redrive, at every moment each letter is in at least
 * one place. Two at once do the same work twice: neither changes a bundle, and each removes only what it has seen to.
 */
export class Redrive {
  readonly counts = nothingYet();
  readonly #parts: RedriveParts;
  readonly #seen = new Recent();
  readonly #open = new Set<Account>();
  readonly #startedMs: number;
  #committedMs: number;

  constructor(parts: RedriveParts) {
    this.#parts = parts;
    this.#startedMs = parts.clock.now();
    this.#committedMs = this.#startedMs;
  }

  /** Rejects when the place can be read or cleared no more; what was done until then is done. */
  async run(): Promise<void> {
    const { idle, deadline } = this.#parts;
    try {
      await this.#readAll();
    } finally {
      await idle(deadline);
      await this.#commit([...this.#open]);
    }
  }

  async #readAll(): Promise<void> {
    const { place, selection, stop, clock } = this.#parts;
    try {
      for await (const { bundle, lines } of openBundles(place, selection, stop)) {
        const account = new Account(bundle);
        this.#open.add(account);
        await this.#readBundle(account, lines);
        if (stop.aborted) return;
        if (clock.now() - this.#committedMs < COMMIT_MS) continue;
        await this.#commit([...this.#open].filter((each) => each.isReady()));
        this.#committedMs = clock.now();
      }
    } catch (thrown) {
      if (!stop.aborted) throw thrown;
    }
  }

  async #readBundle(account: Account, lines: AsyncIterable<readonly LetterLine[]>): Promise<void> {
    const { stop } = this.#parts;
    try {
      for await (const some of lines)
        for (const line of some) {
          if (stop.aborted) return;
          await this.#take(account, line);
        }
      account.read();
    } catch (thrown) {
      if (thrown instanceof ShardlineError || stop.aborted) throw thrown;
      this.#unreadable(account.bundle.name, describe(thrown));
    }
  }

  #unreadable(where: string, why: string): void {
    this.counts.unreadable += 1;
    this.#parts.onUnreadable(where, why);
  }

  async #take(account: Account, { line, letter }: LetterLine): Promise<void> {
    const { selection, begunAt, bodies, stop } = this.#parts;
    const where = `${account.bundle.name}, line ${line + 1}`;
    if ('unreadable' in letter) {
      account.stays();
      return this.#unreadable(where, letter.unreadable);
    }
    if (!isOwn(selection, letter)) {
      account.stays();
      this.counts.foreign += 1;
      return;
    }
    if (!isWanted(selection, letter) || letter.history.at(-1)?.redrivenAt === begunAt) return account.stays();
    const id = letterId(letter);
    if (this.#seen.knows(id)) {
      account.goes(line);
      this.counts.copies += 1;
      return;
    }
    const whole = isWhole(letter) ? letter : await bodies.follow(letter, stop);
    if ('unreadable' in whole) {
      account.stays();
      return this.#unreadable(where, whole.unreadable);
    }
    this.#seen.add(id);
    await this.#deliver(account, line, letter, whole);
  }

  async #deliver(account: Account, line: number, letter: StoredLetter, whole: WholeLetter): Promise<void> {
    const { deliver, rate, begunAt, clock, stop } = this.#parts;
    const { counts } = this;
    const dueMs = rate === undefined ? 0 : this.#startedMs + (counts.selected / rate) * 1_000;
    if (dueMs > clock.now()) await clock.sleep(dueMs - clock.now(), stop);
    const settled = account.owe(line);
    if (stop.aborted) return;
    counts.selected += 1;
    await deliver(whole, historyOf(whole, begunAt), (letters) => {
      settled();
      if (letter.body !== undefined) account.bodies.push(letter.body);
      if (letters.length === 0) counts.delivered += 1;
      else counts.failed += 1;
      for (const { reason } of letters) counts.reasons[reason] = (counts.reasons[reason] ?? 0) + 1;
    });
  }

  /** Removes what was seen to, durably; what stays of a bundle is written elsewhere first. */
  async #commit(accounts: readonly Account[]): Promise<void> {
    const { place, bodies, end } = this.#parts;
    const whole = accounts.filter((account) => account.verdict() === 'remove');
    const mixed = accounts.filter((account) => account.verdict() === 'rewrite');
    for (const account of mixed) await place.keep(account.bundle, account.rest(place, end), end);
    const over = [...whole, ...mixed];
    const bundles = over.map(({ bundle }) => bundle);
    if (bundles.length > 0) await place.remove(bundles, end);
    const addresses = over.flatMap((account) => account.bodies);
    if (addresses.length > 0) await bodies.remove(addresses, end);
    for (const account of accounts) this.#open.delete(account);
  }
}
