import { createHash } from 'node:crypto';

const MAGIC = [0xf3, 0x89, 0x9a, 0xc2] as const;
const DIGEST_BYTES = 16;

/**
 * Tells whether a record is an aggregate of the Kinesis Producer Library: its magic, then protobuf, then the protobuf's
 * MD5 (KCL, AggregatorUtil). A record that only starts like one is an ordinary record, as for the KCL.
 */
export const isKplAggregate = (bytes: Uint8Array): boolean => {
  if (bytes[0] !== MAGIC[0] || bytes.length <= MAGIC.length + DIGEST_BYTES) return false;
  if (bytes[1] !== MAGIC[1] || bytes[2] !== MAGIC[2] || bytes[3] !== MAGIC[3]) return false;
  const end = bytes.length - DIGEST_BYTES;
  const digest = createHash('md5').update(bytes.subarray(MAGIC.length, end)).digest();
  return digest.equals(bytes.subarray(end));
};
