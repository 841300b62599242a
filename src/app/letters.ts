import type { S3Place } from '../config/letter-target.ts';
import type { Config } from '../config/tree.ts';
import type { Clock } from '../core/clock.ts';
import { ShardlineError } from '../core/errors.ts';
import type { DeadLetters } from '../core/letter.ts';
import type { Wire } from '../dead-letter/batched.ts';
import { fileDeadLetters, prepareFolder } from '../dead-letter/file.ts';
import type { Store } from '../dead-letter/store.ts';

const LETTER_FILE_BYTES = 64 * 1024 * 1024;

export interface LetterParts {
  readonly config: Pick<Config, 'application' | 'deadLetter'>;
  readonly workerId: string;
  readonly clock: Clock;
}

/** A vendor's SDK costs memory and a part of the start: it is loaded only where the configuration names its service. */
const openStore = async (place: S3Place): Promise<Store> => {
  const { s3Client } = await import('../dead-letter/s3/client.ts');
  const { s3Store } = await import('../dead-letter/s3/store.ts');
  return s3Store({ client: s3Client(), bucket: place.bucket, prefix: place.prefix });
};

const openQueue = async (queueUrl: string): Promise<Wire> => {
  const { sqsClient } = await import('../dead-letter/sqs/client.ts');
  const { sqsWire } = await import('../dead-letter/sqs/wire.ts');
  return sqsWire({ client: sqsClient(queueUrl), queueUrl });
};

const openFirehose = async (stream: string, readFrom: S3Place): Promise<Wire> => {
  const { firehoseClient } = await import('../dead-letter/firehose/client.ts');
  const { firehoseWire } = await import('../dead-letter/firehose/wire.ts');
  return firehoseWire({ client: firehoseClient(), stream, readFrom });
};

/** The configuration's own checks see to it that it is there. */
const needed = (place: S3Place | undefined, key: string): S3Place => {
  if (place) return place;
  throw new ShardlineError('SHARDLINE_CONFIG_INVALID', `${key}: missing; dead_letter.to needs it`);
};

const openBatched = async (wire: Wire, { config, clock }: LetterParts): Promise<DeadLetters> => {
  const { batchedDeadLetters } = await import('../dead-letter/batched.ts');
  const bodies = await openStore(needed(config.deadLetter.largeTo, 'dead_letter.large_to'));
  return batchedDeadLetters({ wire, bodies, application: config.application, clock });
};

const openObjects = async (place: S3Place, { config, clock }: LetterParts): Promise<DeadLetters> => {
  const { objectDeadLetters } = await import('../dead-letter/objects.ts');
  return objectDeadLetters({ store: await openStore(place), application: config.application, clock });
};

const openFiles = async (dir: string, { config, workerId, clock }: LetterParts): Promise<DeadLetters> => {
  await prepareFolder(dir);
  const { application } = config;
  return fileDeadLetters({ dir, application, workerId, clock, maxFileBytes: LETTER_FILE_BYTES });
};

/** Each write to S3 is an object for every day, reason and shard: a trickle of letters should not become as many. */
export const lingerMs = ({ kind }: Config['deadLetter']['to']): number => (kind === 's3' ? 1_000 : 0);

/** The target that the configuration names. Rejects where a folder cannot be used; services are not asked yet. */
export const openLetters = async (parts: LetterParts): Promise<DeadLetters> => {
  const { to, readFrom } = parts.config.deadLetter;
  switch (to.kind) {
    case 'file':
      return openFiles(to.directory, parts);
    case 's3':
      return openObjects(to, parts);
    case 'sqs':
      return openBatched(await openQueue(to.queueUrl), parts);
    case 'firehose':
      return openBatched(await openFirehose(to.stream, needed(readFrom, 'dead_letter.read_from')), parts);
    default:
      return to satisfies never;
  }
};
