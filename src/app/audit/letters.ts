import type { Letter } from '../../audit/entries.ts';
import { type LetterTarget, parseLetterTarget } from '../../config/letter-target.ts';
import type { Config } from '../../config/tree.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { ShardlineError } from '../../core/errors.ts';
import { holds, type TimeRange } from '../../core/time-range.ts';
import type { LetterPlace } from '../../dead-letter/place.ts';
import { readRestlessLetters } from '../../dead-letter/read.ts';
import type { StoredLetter } from '../../dead-letter/stored.ts';
import { streamName } from '../../source/kinesis/stream.ts';
import { openLetterPlace } from '../letter-places.ts';

export interface LetterSideParts {
  readonly config: Config;
  /** Where letters are read; undefined: at `dead_letter.to`. */
  readonly places: readonly string[] | undefined;
  readonly range: TimeRange;
  /** Told what it waits for. */
  readonly onTrouble: (why: string) => void;
  /** Told at the end how many lines are no letters that can be read, if there are any. */
  readonly onUnreadable: (lines: number, last: string) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

const targetOf = (place: string): LetterTarget => {
  const target = parseLetterTarget(place);
  if (target?.kind === 'file' || target?.kind === 's3') return target;
  throw new ShardlineError('SHARDLINE_USAGE', `--letters ${place}: expected s3://BUCKET/PREFIX or file:DIR`);
};

/** Where the letters are to be read. Throws SHARDLINE_USAGE for a place that cannot be listed. */
const targetsOf = ({ config, places }: LetterSideParts): readonly LetterTarget[] => {
  if (places) return places.map(targetOf);
  const { to } = config.deadLetter;
  if (to.kind !== 'sqs') return [to];
  throw new ShardlineError(
    'SHARDLINE_USAGE',
    'dead_letter.to is a queue, whose letters cannot be read without using them up: put them down elsewhere (shardline redrive --until 2000-01-01 --spool s3://…) and name that place with --letters, or give --no-letters',
  );
};

const entryOf = (letter: StoredLetter): Letter => ({
  shard: letter.shard,
  sequenceNumber: letter.sequenceNumber,
  subSequenceNumber: letter.subSequenceNumber,
  ordinal: letter.ordinal,
  arrivedMs: letter.arrivedMs,
  reason: letter.reason,
});

/** Where an audit's dead letters are. */
export interface LetterSide {
  /** Rejects when they cannot be listed. */
  check(): Promise<void>;
  read(): AsyncIterable<Letter>;
}

/**
 * The application's dead letters of a range, wherever they are; others may share the place. Throws SHARDLINE_USAGE at once for places that cannot be listed.
 */
export const letterSide = (parts: LetterSideParts): LetterSide => {
  const targets = targetsOf(parts);
  const { config, range, clock, random, signal, onTrouble, onUnreadable } = parts;
  const stream = streamName(config.stream);
  const isOurs = (letter: StoredLetter): boolean =>
    letter.application === config.application && letter.stream === stream && holds(range, letter.arrivedMs);
  const narrow = { sinceMs: range.fromMs, untilMs: range.toMs };
  const open = (target: LetterTarget): Promise<LetterPlace> => {
    const patience = { clock, random, onTrouble };
    return openLetterPlace(target, { patience, random, clock, take: false, readFrom: config.deadLetter.readFrom });
  };
  const onRestless = () =>
    onTrouble('they were moved about all the time; some may not have been seen, and seem to be missing');
  return {
    async check() {
      for (const target of targets) {
        const place = await open(target);
        try {
          for await (const _first of place.list(narrow, signal)) break;
        } finally {
          place.close();
        }
      }
    },
    async *read() {
      let unreadable = 0;
      let last = '';
      for (const target of targets) {
        const place = await open(target);
        try {
          for await (const lines of readRestlessLetters(place, narrow, { signal, onRestless })) {
            for (const { letter } of lines) {
              if ('unreadable' in letter) {
                unreadable += 1;
                last = letter.unreadable;
              } else if (isOurs(letter)) yield entryOf(letter);
            }
          }
        } finally {
          place.close();
        }
      }
      if (unreadable > 0) onUnreadable(unreadable, last);
    },
  };
};
