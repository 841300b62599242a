import { type Finding, fail, ok, warn } from './finding.ts';

const NAME = 'dead-letters';
const DAY_S = 86_400;
/** The longest that SQS keeps a message. */
const QUEUE_MOST_S = 14 * DAY_S;
const GIB = 1024 ** 3;

export interface FolderFacts {
  readonly directory: string;
  readonly exists: boolean;
  /** Why nothing can be written there, or in the folder above where it is not there yet. */
  readonly trouble: string | undefined;
  /** The file system's type by its magic number (statfs); undefined where it cannot be told. */
  readonly fileSystem: number | undefined;
  readonly availableBytes: number | undefined;
}

/** Of linux/magic.h. */
const OVERLAY = 0x794c7630;
const TMPFS = 0x01021994;

export const judgeFolder = ({ directory, exists, trouble, fileSystem, availableBytes }: FolderFacts): Finding => {
  const named = `the folder ${directory}`;
  if (trouble !== undefined)
    return fail(NAME, trouble, 'make it writable for this user, or name another in dead_letter.to');
  const fix = 'put dead_letter.to on a volume that outlives the container, or use SQS, S3 or Firehose';
  if (fileSystem === OVERLAY)
    return warn(NAME, `${named} lies on the container's own disk: its letters go when the container goes`, fix);
  if (fileSystem === TMPFS) return warn(NAME, `${named} lies in memory: its letters go with a restart`, fix);
  if (availableBytes !== undefined && availableBytes < GIB)
    return warn(
      NAME,
      `${named} has ${Math.round(availableBytes / 1024 ** 2)} MiB left`,
      'make room: when it is full, shards stand still',
    );
  const state = exists ? 'can be written' : 'is not there yet and can be made';
  return ok(NAME, `${named} ${state}; its letters last as long as the volume it lies on`);
};

export interface QueueFacts {
  readonly url: string;
  readonly retentionS: number | undefined;
  readonly maxBytes: number | undefined;
  readonly fifo: boolean;
  /** What a message must be able to hold, bytes. */
  readonly leastBytes: number;
}

/** What speaks against a queue, beside that it cannot be asked. */
export const judgeQueue = ({ url, retentionS, maxBytes, fifo, leastBytes }: QueueFacts): Finding => {
  if (fifo) return fail(NAME, `${url} is a FIFO queue`, 'name a standard queue');
  if (maxBytes !== undefined && maxBytes < leastBytes) {
    const fix = `raise it: aws sqs set-queue-attributes --queue-url ${url} --attributes MaximumMessageSize=1048576`;
    return fail(NAME, `${url} takes messages of up to ${maxBytes} bytes; letters need ${leastBytes} at least`, fix);
  }
  const days = retentionS === undefined ? undefined : Math.floor((retentionS / DAY_S) * 10) / 10;
  if (retentionS !== undefined && retentionS < QUEUE_MOST_S)
    return warn(
      NAME,
      `${url} forgets a letter after ${days} days`,
      `keep them for 14 days, the most there is: aws sqs set-queue-attributes --queue-url ${url} --attributes MessageRetentionPeriod=${QUEUE_MOST_S}`,
    );
  const size =
    maxBytes === undefined ? '' : `, takes letters of up to ${maxBytes} bytes (larger ones go to dead_letter.large_to)`;
  return ok(
    NAME,
    `${url} keeps letters for ${days ?? 'an unknown number of'} days${size}; the right to send is seen with the first letter only`,
  );
};
