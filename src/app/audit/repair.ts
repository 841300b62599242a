import type { Wrong } from '../../audit/compare-letters.ts';
import type { Place } from '../../audit/entries.ts';
import type { MissingRecords, Stretch } from '../../audit/missing-records.ts';
import type { SourceRecord } from '../../core/page.ts';
import { type OfflineDelivery, openOffline } from '../offline.ts';
import { type RangeSourceOptions, rangeSource } from './stream.ts';

/** What became of an audit's missing records. */
export interface Repaired {
  /** Records that were delivered once more. */
  readonly records: number;
  /** What came of them: documents that were made, or that were there by then, and dead letters. */
  readonly indexed: number;
  readonly duplicate: number;
  readonly dead_letter: number;
  /** Of the findings, so many that are missing as before. */
  readonly left: number;
}

export interface RepairParts extends Omit<RangeSourceOptions, 'range'> {
  readonly version: string;
  readonly cwd: string;
  readonly pid: number;
  readonly onProgress: (what: string, records: number) => void;
  readonly signal: AbortSignal;
}

const TICK_MS = 1_000;

/** Where the record of something missing stands; undefined for what cannot be delivered again. */
const placeOf = (wrong: Wrong): Place | undefined => {
  if (wrong.verdict === 'missing-letter') return wrong.unreadable;
  return wrong.verdict === 'missing' ? wrong.open.expected : undefined;
};

/** Takes down the records of what is missing. */
export const collectMissing = (missing: MissingRecords, wrong: Wrong): void => {
  const place = placeOf(wrong);
  if (place) missing.add(place);
};

/** The page that it stands in need not be kept for it. */
const onItsOwn = (record: SourceRecord): SourceRecord => ({ ...record, data: new Uint8Array(record.data) });

interface Round {
  readonly delivery: OfflineDelivery;
  readonly missing: MissingRecords;
  settled: number;
}

/** Reads one shard's stretch again, and has what is missing of it delivered. */
const redeliver = async (parts: RepairParts, shard: string, stretch: Stretch, round: Round): Promise<void> => {
  const { delivery, missing } = round;
  const range = { fromMs: stretch.firstMs, toMs: stretch.lastMs + 1 };
  const { source, start } = rangeSource({ ...parts, range });
  for await (const { records, charge } of source.read(
    { id: shard, parents: [], hashRange: undefined },
    start,
    parts.signal,
  )) {
    for (let i = 0; i < records.length; i += 1) {
      const record = records.at(i);
      if (!record || !stretch.records.has(record.sequenceNumber)) continue;
      const { sequenceNumber } = record;
      await delivery.deliver({ shard, record: onItsOwn(record), subSequenceNumber: 0 }, () => {
        round.settled += 1;
        missing.repaired(shard, sequenceNumber);
      });
    }
    charge.release();
  }
};

const watch = async ({ clock, log, onProgress }: RepairParts, round: Round, over: AbortSignal): Promise<void> => {
  while (!over.aborted) {
    await clock.sleep(TICK_MS, over);
    const why = round.delivery.trouble();
    if (why !== undefined && !over.aborted) log.warn({ why }, 'waiting');
    onProgress('putting back', round.settled);
  }
};

/**
 * Delivers the records of everything that is missing once more, as the service does: with `create`, so that nothing that
 * is there changes, and what cannot be indexed becomes a dead letter. Waits for OpenSearch as long as it takes, unless the
 * signal aborts.
 */
export const repairMissing = async (parts: RepairParts, missing: MissingRecords): Promise<Repaired> => {
  const { config, version, cwd, pid, log, clock, random, signal } = parts;
  if (missing.left() === 0) return { records: 0, indexed: 0, duplicate: 0, dead_letter: 0, left: 0 };
  const delivery = await openOffline({
    ...{ config, version, cwd, pid, log, clock, random },
    purpose: 'audit',
    stop: signal,
  });
  const round: Round = { delivery, missing, settled: 0 };
  const over = new AbortController();
  const watching = watch(parts, round, over.signal);
  try {
    const shards = [...missing.shards()];
    await Promise.all(shards.map(([shard, stretch]) => redeliver(parts, shard, stretch, round)));
    await delivery.idle(signal);
    const { indexed, duplicate, deadLettered } = delivery.totals;
    return { records: round.settled, indexed, duplicate, dead_letter: deadLettered, left: missing.left() };
  } finally {
    over.abort();
    await watching;
    await delivery.close();
  }
};
