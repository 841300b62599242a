import type { WantedRecords } from '../../archive/line.ts';
import { type ArchivedRecord, ArchiveReader } from '../../archive/reader.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { describe, ShardlineError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Page } from '../../core/page.ts';
import type { TimeRange } from '../../core/time-range.ts';
import { type BundleOfLines, openLines } from '../../dead-letter/read.ts';
import { type ArchiveTarget, archiveTarget, openArchivePlace } from './archive-places.ts';
import { checkBounds } from './range.ts';
import type { RecordSide } from './record-side.ts';

export interface ArchiveSideOptions {
  readonly places: readonly string[];
  readonly application: string;
  /** The stream's name. */
  readonly stream: string;
  readonly range: TimeRange;
  /** For temporary files. */
  readonly folder: string;
  readonly note: (text: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/** An object holds what arrived before it was made. S3 tells that to the second, and by a clock of its own. */
const SLACK_MS = 60_000;
/** Firehose gathers for so long at the most (https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html). */
const GATHERING_MS = 900_000;
/** Records are handed on some together. */
const BATCH_BYTES = 1_048_576;
const BATCH_RECORDS = 1_000;

const isFull = (batch: readonly ArchivedRecord[], bytes: number): boolean =>
  bytes >= BATCH_BYTES || batch.length >= BATCH_RECORDS;

/** What a look at the archive meets. */
interface Pass {
  readonly reader: ArchiveReader;
  /** Told of each object that is begun. */
  readonly onObject: () => void;
}

async function* recordsOf(
  { bundle, lines }: BundleOfLines,
  { reader }: Pass,
  signal: AbortSignal,
): AsyncIterable<readonly ArchivedRecord[]> {
  let batch: ArchivedRecord[] = [];
  let bytes = 0;
  let isEmpty = true;
  for await (const some of lines) {
    if (signal.aborted) return;
    isEmpty = false;
    for (const line of some) {
      if (line.bytes.length === 0) continue;
      const found = reader.take(line.bytes, () => `${bundle.name}, line ${line.number + 1}`);
      if (!found) continue;
      batch.push(found);
      bytes += found.record.data.byteLength;
    }
    if (!isFull(batch, bytes)) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  // It was listed, and had bytes.
  if (isEmpty) reader.unreadable(`${bundle.name}: it is gone, or empty`);
  if (batch.length > 0) yield batch;
}

/** Every record that is wanted, at least once each, in no order. Throws for an object that cannot be read. */
async function* recordsIn(
  targets: readonly ArchiveTarget[],
  { range, clock, random, log, signal }: ArchiveSideOptions,
  pass: Pass,
): AsyncIterable<readonly ArchivedRecord[]> {
  const onTrouble = (why: string) => log.warn({ why }, 'the archive');
  const narrow = { sinceMs: range.fromMs - SLACK_MS, untilMs: Number.POSITIVE_INFINITY };
  for (const target of targets) {
    const place = await openArchivePlace(target, { clock, random, onTrouble });
    let reading = '';
    try {
      for await (const object of openLines(place, narrow, signal)) {
        if (signal.aborted) return;
        reading = `${object.bundle.name}: `;
        pass.onObject();
        yield* recordsOf(object, pass, signal);
        reading = '';
      }
    } catch (cause) {
      throw new Error(`the archive cannot be read: ${reading}${describe(cause)}`, { cause });
    } finally {
      place.close();
    }
  }
}

const pageOf = (records: Page['records']): Page => ({
  records,
  bytes: 0,
  behindMs: 0,
  children: undefined,
  charge: { add() {}, release() {} },
});

const refuseEmpty = ({ places, range }: ArchiveSideOptions): never => {
  const since = new Date(range.fromMs).toISOString();
  throw new ShardlineError(
    'SHARDLINE_USAGE',
    `--archive ${places.join(', ')}: there is no object that was delivered since ${since}`,
  );
};

/** What arrived, read from what the service has archived. Throws SHARDLINE_USAGE at once for places that cannot be listed. */
export const archiveSide = (options: ArchiveSideOptions): RecordSide => {
  const { places, application, stream, range, folder, note, clock, signal } = options;
  const targets = places.map(archiveTarget);
  const open = (onObject: () => void, more: Partial<WantedRecords> = {}): Pass => ({
    reader: new ArchiveReader({ application, stream, range, ...more }, folder),
    onObject,
  });
  let objects = 0;
  let unread = 0;
  return {
    doing: () => (objects > 0 ? `reading object ${objects} of the archive` : 'reading the archive'),
    copies: true,
    async check() {
      checkBounds(range, clock.wall().getTime());
      if (clock.wall().getTime() - range.toMs < GATHERING_MS)
        note('Firehose may gather for 15 minutes: documents of what it has not delivered yet seem unexpected');
    },
    async read(openTakeDown, onStep) {
      const pass = open(() => {
        objects += 1;
        onStep();
      });
      const takeDown = openTakeDown();
      try {
        for await (const batch of recordsIn(targets, options, pass))
          for (const [shard, some] of Map.groupBy(batch, (each) => each.shard))
            await takeDown.page(shard, pageOf(some.map(({ record }) => record)));
        const { count, last } = pass.reader.unread();
        unread = count;
        if (count > 0) note(`lines and records of the archive that cannot be read: ${count} (the last: ${last})`);
      } finally {
        takeDown.close();
        pass.reader.close();
      }
      if (objects === 0 && !signal.aborted) refuseEmpty(options);
    },
    shards: async () => undefined,
    conclude: () => unread,
    async again(missing, take) {
      const shards = missing.shards();
      const pass = open(() => undefined, {
        takes: (shard, sequenceNumber) => shards.get(shard)?.records.has(sequenceNumber) === true,
      });
      const taken = new Set<string>();
      try {
        for await (const batch of recordsIn(targets, options, pass))
          for (const { shard, record } of batch) {
            const key = `${shard} ${record.sequenceNumber}`;
            if (taken.has(key)) continue;
            taken.add(key);
            await take(shard, record);
          }
      } finally {
        pass.reader.close();
      }
    },
    close() {},
  };
};
