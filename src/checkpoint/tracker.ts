import type { Ticket } from '../core/delivery.ts';
import { ownText } from '../core/own-text.ts';
import type { Page, SourceRecord } from '../core/page.ts';
import { type SequencePosition, sequencePosition } from '../core/position.ts';

/** A page's ticket: each record owes 1 from the start, its own processing, which the pipeline settles. */
export interface PageTicket extends Ticket {
  /** Whether nothing of the page is owed any more. */
  done(): boolean;
  /** How much is owed over all records: processing, documents and letters. */
  owed(): number;
}

/** What one shard still owes, and with it how far its checkpoint may go. */
export interface Tracker {
  /** Takes the page in; pages count in the order of opening. The page's charge is released with its last settling. */
  open(page: Page): PageTicket;
  /** The last position such that it and everything before it is settled; undefined while there is none. */
  watermark(): SequencePosition | undefined;
  /** The first record in the shard's order that is still owed. */
  oldestOwed(): { readonly arrivedMs: number } | undefined;
  pagesOpen(): number;
  /** Whether nothing is owed. */
  empty(): boolean;
  /** Resolves as soon as nothing is owed or the signal aborts; `empty` tells which. */
  idle(signal: AbortSignal): Promise<void>;
  /** Gives back what the open pages hold of the budget: the work on the shard has ended, whatever is still owed. */
  abandon(): void;
}

interface OpenPage {
  readonly page: Page;
  /** What each record owes. */
  readonly owed: Uint32Array;
  /** Bytes that each record's documents and letters hold beside the page itself. */
  readonly bytes: Float64Array;
  /** How many records owe anything. */
  records: number;
  /** How much they owe together. */
  units: number;
  /** Bytes of settled records before `low` that are not given back yet. */
  freed: number;
  /** Everything before this record is settled. */
  low: number;
}

/** A link of the chain in order of opening: a page while it owes anything, afterwards only where it ended. */
interface Link {
  open: OpenPage | undefined;
  readonly last: string;
  before: Link | undefined;
  after: Link | undefined;
}

/** So much is given back to the budget at once: records are settled far more often than readers can profit from. */
const GIVE_BACK_BYTES = 65_536;

const misuse = (what: string, index: number, page: OpenPage): never => {
  const record: SourceRecord | undefined = page.page.records.at(index);
  throw new Error(`${what}: record ${index} of ${page.owed.length}, ${record?.sequenceNumber ?? 'not of this page'}`);
};

/** Moves the page's low pointer over what is settled. */
const advance = (open: OpenPage): void => {
  while (open.low < open.owed.length && open.owed[open.low] === 0) {
    open.freed += open.bytes[open.low] ?? 0;
    open.low += 1;
  }
};

/**
 * Only what lies before everything owed is given back: documents lie in memory by slices, and one that waits keeps its
 * whole slice there.
 */
const giveBack = (open: OpenPage): void => {
  if (open.freed < GIVE_BACK_BYTES) return;
  open.page.charge.add(-open.freed);
  open.freed = 0;
};

const openPage = (page: Page): OpenPage => {
  const count = page.records.length;
  const owed = new Uint32Array(count).fill(1);
  return { page, owed, bytes: new Float64Array(count), records: count, units: count, freed: 0, low: 0 };
};

/** Opens the account of one shard. */
export const openTracker = (): Tracker => {
  // The chain's head always owes something. Of settled links in a row only the last stays, so that a stuck
  // page in front of thousands of settled ones costs no memory.
  let head: Link | undefined;
  let tail: Link | undefined;
  let pages = 0;
  let behindHead: string | undefined;
  const waiting = new Set<() => void>();

  const unlink = (link: Link): void => {
    if (link.before) link.before.after = link.after;
    else head = link.after;
    if (link.after) link.after.before = link.before;
    else tail = link.before;
  };

  const close = (link: Link, open: OpenPage): void => {
    link.open = undefined;
    pages -= 1;
    if (link.before && !link.before.open) unlink(link.before);
    if (link.after && !link.after.open) unlink(link);
    while (head && !head.open) {
      behindHead = head.last;
      unlink(head);
    }
    open.page.charge.release();
    if (pages > 0) return;
    for (const wake of [...waiting]) wake();
  };

  const ticketOf = (link: Link, open: OpenPage): PageTicket => ({
    owe: (index, bytes = 0) => {
      const owed = open.owed[index];
      // Once a record is settled the watermark may have passed it: nothing may be added any more.
      if (!owed) return misuse('owed after it was settled', index, open);
      open.owed[index] = owed + 1;
      open.units += 1;
      if (bytes === 0) return;
      open.bytes[index] = (open.bytes[index] ?? 0) + bytes;
      open.page.charge.add(bytes);
    },
    settle: (index) => {
      const owed = open.owed[index];
      if (!owed) return misuse('settled more often than owed', index, open);
      open.owed[index] = owed - 1;
      open.units -= 1;
      if (owed > 1) return;
      open.records -= 1;
      if (open.records === 0) close(link, open);
      else if (index === open.low) {
        advance(open);
        giveBack(open);
      }
    },
    done: () => open.records === 0,
    owed: () => open.units,
  });

  return {
    open: (page) => {
      const open = openPage(page);
      const link: Link = {
        open,
        last: ownText(page.records.at(-1)?.sequenceNumber ?? ''),
        before: tail,
        after: undefined,
      };
      if (page.records.length === 0) {
        page.charge.release();
        return ticketOf(link, open);
      }
      if (tail) tail.after = link;
      else head = link;
      tail = link;
      pages += 1;
      return ticketOf(link, open);
    },
    watermark: () => {
      const open = head?.open;
      const settled = open && open.low > 0 ? open.page.records.at(open.low - 1)?.sequenceNumber : behindHead;
      return settled === undefined ? undefined : sequencePosition(ownText(settled));
    },
    oldestOwed: () => {
      const open = head?.open;
      if (!open) return undefined;
      const record = open.page.records.at(open.low);
      return record && { arrivedMs: record.arrivedMs };
    },
    pagesOpen: () => pages,
    abandon: () => {
      for (let link = head; link; link = link.after) link.open?.page.charge.release();
    },
    empty: () => pages === 0,
    idle: (signal) =>
      new Promise((resolve) => {
        if (pages === 0 || signal.aborted) return resolve();
        const wake = () => {
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      }),
  };
};
