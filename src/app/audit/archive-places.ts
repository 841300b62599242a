import { type LetterTarget, parseLetterTarget } from '../../config/letter-target.ts';
import type { Clock, Random } from '../../core/clock.ts';
import { ShardlineError } from '../../core/errors.ts';
import { deliveredFolder } from '../../dead-letter/delivered-folder.ts';
import type { LetterPlace } from '../../dead-letter/place.ts';
import { openBucketPlace } from '../letter-places.ts';

/** Where an archive's objects are, to be listed and read. */
export type ArchivePlace = Pick<LetterPlace, 'list' | 'read' | 'close'>;

export type ArchiveTarget = Extract<LetterTarget, { readonly kind: 's3' | 'file' }>;

/** Throws SHARDLINE_USAGE for what is no place that can be listed. */
export const archiveTarget = (place: string): ArchiveTarget => {
  const target = parseLetterTarget(place);
  if (target?.kind === 'file' || target?.kind === 's3') return target;
  throw new ShardlineError(
    'SHARDLINE_USAGE',
    `--archive ${place}: expected where the Firehose stream delivers to, s3://BUCKET/PREFIX, or file:DIR`,
  );
};

interface Waiting {
  readonly clock: Clock;
  readonly random: Random;
  /** Told what it waits for. */
  readonly onTrouble: (why: string) => void;
}

export const openArchivePlace = async (target: ArchiveTarget, patience: Waiting): Promise<ArchivePlace> =>
  target.kind === 'file' ? deliveredFolder(target.directory) : openBucketPlace(target, 'delivered', { patience });
