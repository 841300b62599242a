import { createHash } from 'node:crypto';
import type { DeadLetter } from '../core/letter.ts';
import { letterId } from './envelope.ts';

/**
 * Where letters stand in a bucket, so that people find them by eye and query engines by partition. The day is that of
 * the record's arrival on the stream, UTC: the same however late the letter is written.
 */
export const folderOf = ({
  arrivedMs,
  reason,
  shard,
}: Pick<DeadLetter, 'arrivedMs' | 'shard'> & { readonly reason: string }): string =>
  `date=${new Date(arrivedMs).toISOString().slice(0, 10)}/reason=${reason}/shard=${shard}`;

/**
 * The same letters always have the same name: written once more, they replace what was written. One that failed again has
 * another name than before, or whoever redrives it would remove it together with the letter that it was.
 */
const nameOf = (letters: readonly DeadLetter[], application: string): string => {
  const hash = createHash('sha256').update(application);
  for (const letter of letters) {
    hash.update('\n').update(letterId(letter));
    const { writtenAt, redrivenAt } = letter.history?.at(-1) ?? {};
    if (redrivenAt !== undefined) hash.update(`\n${writtenAt} ${redrivenAt}`);
  }
  return `${letters[0]?.sequenceNumber}-${hash.digest('hex').slice(0, 16)}`;
};

/** Key of an object of several letters, one a line; all of them belong into the same folder. */
export const lettersKey = (letters: readonly [DeadLetter, ...DeadLetter[]], application: string): string =>
  `letters/${folderOf(letters[0])}/${nameOf(letters, application)}.ndjson`;

/** Key of one whole letter to which a smaller one points. */
export const bodyKey = (letter: DeadLetter, application: string): string =>
  `bodies/${folderOf(letter)}/${nameOf([letter], application)}.json`;
