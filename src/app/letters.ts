import type { S3Place } from '../config/letter-target.ts';
import type { Config } from '../config/tree.ts';
import type { Clock } from '../core/clock.ts';
import type { DeadLetters } from '../core/letter.ts';
import type { BatchedOptions, Wire } from '../dead-letter/batched.ts';
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

const openBatched = async (
  options: Omit<BatchedOptions, 'bodies'>,
  place: S3Place | undefined,
): Promise<DeadLetters> => {
  if (!place) throw new Error('dead_letter.large_to is missing, and the configuration was not checked');
  const { batchedDeadLetters } = await import('../dead-letter/batched.ts');
  return batchedDeadLetters({ ...options, bodies: await openStore(place) });
};

/** Each write to S3 is an object for every day, reason and shard: a trickle of letters should not become as many. */
export const lingerMs = ({ kind }: Config['deadLetter']['to']): number => (kind === 's3' ? 1_000 : 0);

/** The target that the configuration names. Rejects where a folder cannot be used; services are not asked yet. */
export const openLetters = async ({ config, workerId, clock }: LetterParts): Promise<DeadLetters> => {
  const { application, deadLetter } = config;
  const { to, largeTo } = deadLetter;
  if (to.kind === 'sqs') return openBatched({ wire: await openQueue(to.queueUrl), application, clock }, largeTo);
  if (to.kind === 's3') {
    const { objectDeadLetters } = await import('../dead-letter/objects.ts');
    return objectDeadLetters({ store: await openStore(to), application, clock });
  }
  await prepareFolder(to.directory);
  return fileDeadLetters({ dir: to.directory, application, workerId, clock, maxFileBytes: LETTER_FILE_BYTES });
};
