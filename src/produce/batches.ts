import type { Clock } from '../core/clock.ts';
import type { EventLine } from './event-line.ts';
import { MAX_BATCH_BYTES } from './limits.ts';
import { partitionKey } from './partition-key.ts';

/** What a producer is fed with: lines with their origin, or plain ones. */
export type Line = EventLine | Uint8Array | string;

/** An event with its place on the stream. */
export interface Entry extends EventLine {
  readonly key: string;
}

const entryOf = (line: Line, number: number): Entry => {
  const data = typeof line === 'string' ? Buffer.from(line) : line instanceof Uint8Array ? line : line.data;
  const told =
    typeof line === 'object' && 'origin' in line ? line : { bytes: data.byteLength, origin: `event ${number}` };
  return { data, bytes: told.bytes, origin: told.origin, key: partitionKey(data) };
};

/** Size of an entry as Kinesis counts it. */
export const entryBytes = (entry: Entry): number => entry.bytes + Buffer.byteLength(entry.key);

export interface BatchPolicy {
  readonly maxRecords: number;
  /** A batch waits no longer than this for its next line. */
  readonly lingerMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const LATE = Symbol('late');

/** Gathers lines into batches that fit a request: full ones, or what is there when no more comes for a while. */
export async function* batches(lines: AsyncIterable<Line>, policy: BatchPolicy): AsyncIterable<readonly Entry[]> {
  const { maxRecords, lingerMs, clock, signal } = policy;
  const iterator = lines[Symbol.asyncIterator]();
  let coming = iterator.next();
  let number = 0;
  /** The next entry; undefined when `late` comes first or nothing comes any more. */
  const next = async (late: Promise<typeof LATE>): Promise<Entry | undefined> => {
    const came = await Promise.race([coming, late]);
    if (came === LATE || came.done) return undefined;
    coming = iterator.next();
    number += 1;
    return entryOf(came.value, number);
  };
  try {
    const stopped = aborted(signal);
    let entry = await next(stopped);
    while (entry && !signal.aborted) {
      const batch: Entry[] = [];
      const full = new AbortController();
      const late = clock.sleep(lingerMs, AbortSignal.any([signal, full.signal])).then((): typeof LATE => LATE);
      for (let bytes = 0; entry; entry = await next(late)) {
        bytes += entryBytes(entry);
        if (batch.length > 0 && (batch.length >= maxRecords || bytes > MAX_BATCH_BYTES)) break;
        batch.push(entry);
      }
      full.abort();
      yield batch;
      entry ??= await next(stopped);
    }
  } finally {
    // The lines may be waiting for something that never comes: they are told, not waited for.
    coming.catch(() => undefined);
    iterator.return?.().catch(() => undefined);
  }
}

const aborted = (signal: AbortSignal): Promise<typeof LATE> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(LATE);
    signal.addEventListener('abort', () => resolve(LATE), { once: true });
  });
