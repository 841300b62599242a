import type { Wrong } from '../../audit/compare-letters.ts';
import type { Place } from '../../audit/entries.ts';
import type { MissingRecords } from '../../audit/missing-records.ts';
import type { Config } from '../../config/tree.ts';
import type { Clock, Random } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import { type OfflineDelivery, openOffline } from '../offline.ts';
import type { RecordSide } from './record-side.ts';

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

export interface RepairParts {
  readonly config: Config;
  /** Where the records are read once more. */
  readonly side: Pick<RecordSide, 'again'>;
  readonly version: string;
  readonly cwd: string;
  readonly pid: number;
  readonly onProgress: (what: string, records: number) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
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

interface Round {
  readonly delivery: OfflineDelivery;
  settled: number;
}

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
  const round: Round = { delivery, settled: 0 };
  const over = new AbortController();
  const watching = watch(parts, round, over.signal);
  try {
    await parts.side.again(missing, (shard, record) =>
      delivery.deliver({ shard, record, subSequenceNumber: 0 }, () => {
        round.settled += 1;
        missing.repaired(shard, record.sequenceNumber);
      }),
    );
    await delivery.idle(signal);
    const { indexed, duplicate, deadLettered } = delivery.totals;
    return { records: round.settled, indexed, duplicate, dead_letter: deadLettered, left: missing.left() };
  } finally {
    over.abort();
    await watching;
    await delivery.close();
  }
};
