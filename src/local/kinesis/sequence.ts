const ORDINAL_SHIFT = 80n;
const TIME_SHIFT = 36n;
const SHARD_SHIFT = 4n;
const NIBBLE_SHIFT = 144n;
const CREATED_SHIFT = 148n;
const TOP = 1n << 185n;
const VERSION = 2n;
const ORDINAL_MASK = (1n << 63n) - 1n;
const SECONDS_MASK = (1n << 36n) - 1n;
const SHARD_MASK = (1n << 32n) - 1n;

/** The ordinal of a closed shard's ending sequence number: no record ever gets it. */
export const LAST_ORDINAL = ORDINAL_MASK;

/** What a sequence number tells. */
export interface SequenceParts {
  readonly shardIndex: number;
  readonly shardCreatedSeconds: number;
  /** Counts a shard's records from 1; 0 is the shard's starting sequence number. */
  readonly ordinal: bigint;
}

/**
 * Makes a shard's sequence numbers in AWS's layout: 186 bits, from the top `10`, the second the shard was made (36),
 * low nibble of the shard (4), ordinal (64), zero (8), second of arrival (36), shard (32), version 2 (4).
 * The ordinal stands above the time, so they ascend strictly within a shard whatever the clock does.
 */
export const sequenceNumbers = (
  shardIndex: number,
  shardCreatedSeconds: number,
): ((ordinal: bigint, arrivedSeconds: number) => string) => {
  const base =
    TOP |
    (BigInt(shardCreatedSeconds) << CREATED_SHIFT) |
    (BigInt(shardIndex & 15) << NIBBLE_SHIFT) |
    (BigInt(shardIndex) << SHARD_SHIFT) |
    VERSION;
  return (ordinal, arrivedSeconds) =>
    String(base | (ordinal << ORDINAL_SHIFT) | (BigInt(arrivedSeconds) << TIME_SHIFT));
};

/** Takes a sequence number apart; undefined for what is none of this layout. */
export const parseSequence = (text: string): SequenceParts | undefined => {
  if (!/^49\d{54}$/.test(text)) return undefined;
  const value = BigInt(text);
  if ((value & 15n) !== VERSION) return undefined;
  return {
    shardIndex: Number((value >> SHARD_SHIFT) & SHARD_MASK),
    shardCreatedSeconds: Number((value >> CREATED_SHIFT) & SECONDS_MASK),
    ordinal: (value >> ORDINAL_SHIFT) & ORDINAL_MASK,
  };
};
