import { type LetterTarget, parseLetterTarget, TARGETS } from '../config/letter-target.ts';
import type { Config } from '../config/tree.ts';
import { systemClock, systemRandom } from '../core/clock.ts';
import { ShardlineError } from '../core/errors.ts';
import { bucketBodies } from '../dead-letter/bodies.ts';
import type { Bucket } from '../dead-letter/bucket.ts';
import type { Patience } from '../dead-letter/patience.ts';
import type { Selection } from '../dead-letter/select.ts';
import { streamName } from '../source/kinesis/stream.ts';
import { openBucket, openLetterPlace, openLetterQueue } from './letter-places.ts';

/** Which letters a redrive takes; what is left out does not narrow it. */
export interface LetterFilter {
  readonly reason?: string | undefined;
  readonly shard?: string | undefined;
  readonly index?: string | undefined;
  /** Arrival of the records, epoch milliseconds; the second one exclusive. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** Letters that are asked for, and the person who asks. */
export interface LetterJob {
  readonly config: Config;
  /** A target as `dead_letter.to` names it; left out: that one. */
  readonly from?: string | undefined;
  /** Where letters of a queue are put down first; left out: `dead_letter.large_to`. */
  readonly spool?: string | undefined;
  readonly filter: LetterFilter;
  /** For a person: what it waits for, what cannot be read. */
  readonly note: (text: string) => void;
}

const UNREADABLE_TOLD = 20;

const targetOf = (text: string): LetterTarget => {
  const target = parseLetterTarget(text);
  if (target) return target;
  throw new ShardlineError('SHARDLINE_USAGE', `${text} is no target of dead letters; expected ${TARGETS}`);
};

export const selectionOf = ({ config, filter: { sinceMs, untilMs, ...filter } }: LetterJob): Selection => ({
  ...filter,
  application: config.application,
  stream: streamName(config.stream),
  sinceMs: sinceMs ?? Number.NEGATIVE_INFINITY,
  untilMs: untilMs ?? Number.POSITIVE_INFINITY,
});

/** Tells a person of trouble, once until it changes. */
export const troubleTeller = (note: (text: string) => void) => {
  let told: string | undefined;
  return (why: string | undefined) => {
    if (why !== undefined && why !== told) note(`waiting: ${why}`);
    told = why;
  };
};

/** Tells a person of the first things that cannot be read. */
export const unreadableTeller = (note: (text: string) => void) => {
  let count = 0;
  return (where: string, why: string) => {
    count += 1;
    if (count <= UNREADABLE_TOLD) note(`${where} cannot be read: ${why}`);
    if (count === UNREADABLE_TOLD) note('more of them are only counted');
  };
};

/** Opens each bucket once. */
const openBodies = (patience: Patience) => {
  const buckets = new Map<string, Promise<Bucket>>();
  const open = (name: string) => {
    const bucket = buckets.get(name) ?? openBucket(name, patience);
    buckets.set(name, bucket);
    return bucket;
  };
  const close = async () => {
    for (const bucket of await Promise.all(buckets.values())) bucket.close();
  };
  return { bodies: bucketBodies(open), close };
};

/** Where the letters are, opened: for a look, or to take them away. */
export const openLetterSource = async (job: LetterJob, take: boolean) => {
  const { from, spool, config } = job;
  const { to, readFrom, largeTo } = config.deadLetter;
  const target = from === undefined ? to : targetOf(from);
  if (spool !== undefined && target.kind !== 'sqs')
    throw new ShardlineError('SHARDLINE_USAGE', '--spool is only for letters of a queue; leave it out');
  const fallback = largeTo && { kind: 's3' as const, ...largeTo };
  const patience: Patience = { clock: systemClock, random: systemRandom, onTrouble: troubleTeller(job.note) };
  const place = await openLetterPlace(target, {
    patience,
    random: systemRandom,
    clock: systemClock,
    take,
    readFrom,
    spool: spool === undefined ? fallback : targetOf(spool),
  });
  const queue = target.kind === 'sqs' ? await openLetterQueue(target.queueUrl, patience) : undefined;
  const { bodies, close } = openBodies(patience);
  return {
    place,
    queue,
    bodies,
    async close() {
      place.close();
      queue?.close();
      await close();
    },
  };
};

export type LetterSource = Awaited<ReturnType<typeof openLetterSource>>;
