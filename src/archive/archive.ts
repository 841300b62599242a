import type { BackoffPolicy } from '../core/backoff.ts';
import type { Clock, Random } from '../core/clock.ts';
import type { Ticket } from '../core/delivery.ts';
import type { Unkept } from '../core/letter.ts';
import type { Log } from '../core/log.ts';
import { Outbox } from '../core/outbox.ts';
import type { Page } from '../core/page.ts';
import { type Archived, linesOf, type Origin } from './archived.ts';
import { type Pack, pack } from './pack.ts';

export interface ArchiveOptions extends Origin {
  /** Says of each pack, in their order, whether it is durable now. */
  readonly send: (packs: readonly Pack[], signal: AbortSignal) => Promise<readonly Unkept[]>;
  readonly close: () => Promise<void>;
  readonly observe: { archived(records: number): void };
  readonly backoff: BackoffPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What a record costs that waits for the archive, beside its page: its objects and its place in the queue. */
const OVERHEAD_BYTES = 250;
/** One write's; it is in memory about five times while it travels. */
const WRITE_BYTES = 4 * 1_048_576;
const WRITE_RECORDS = 10_000;
/** A pack that is not full waits so long for more: small ones cost as much as those of 5 KB. */
const LINGER_MS = 500;

/** Copies every record to where it is kept beyond the stream's retention; no record is settled before it is. */
export interface Archive {
  /** Owes each of the page's records a place in the archive; none of them may be settled yet. */
  take(page: Page, shard: string, ticket: Ticket, lost: AbortSignal): void;
  /** Why not all is archived right now; undefined while it is. */
  trouble(): string | undefined;
  /** Writes until closed. */
  run(): Promise<void>;
  close(): void;
}

export const openArchive = ({ send, observe, application, stream, ...options }: ArchiveOptions): Archive => {
  const put = async (records: readonly Archived[], signal: AbortSignal): Promise<readonly Unkept[]> => {
    const packs = pack(records.map((each) => linesOf({ application, stream }, each)));
    const answers = await send(packs, signal);
    const unkept: Unkept[] = records.map(() => undefined);
    for (const [i, { places }] of packs.entries()) {
      const why = i < answers.length ? answers[i] : 'nothing was said of it';
      if (why !== undefined) for (const place of places) unkept[place] = why;
    }
    observe.archived(unkept.filter((why) => why === undefined).length);
    return unkept;
  };
  const outbox = new Outbox<Archived>({
    ...options,
    what: 'records for the archive',
    put,
    bytesOf: ({ bytes }) => bytes,
    maxItems: WRITE_RECORDS,
    maxBytes: WRITE_BYTES,
    lingerMs: LINGER_MS,
  });
  return {
    take({ records }, shard, ticket, lost) {
      for (let at = 0; at < records.length; at += 1) {
        const bytes = records.at(at)?.data.byteLength ?? 0;
        ticket.owe(at, OVERHEAD_BYTES);
        outbox.post({ item: { shard, records, at, bytes }, onDurable: () => ticket.settle(at), lost });
      }
    },
    trouble: () => outbox.trouble(),
    run: () => outbox.run(),
    close: () => outbox.close(),
  };
};
