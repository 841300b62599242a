import { hash } from 'node:crypto';

/** How far into a line its user is looked for. */
const SEARCHED_BYTES = 4096;
const USER = /"(?:user_id|userId)"\s*:\s*(?:"([^"\\]{1,128})"|(\d{1,20}))/;

/**
 * A record's partition key: the user of a JSON line, so that a user's events keep their order; else a digest of the line,
 * which spreads evenly and sends the same line to the same shard again.
 */
export const partitionKey = (data: Uint8Array): string => {
  const start = Buffer.from(data.buffer, data.byteOffset, Math.min(data.byteLength, SEARCHED_BYTES)).toString();
  const user = USER.exec(start);
  return user?.[1] ?? user?.[2] ?? hash('sha256', data, 'hex').slice(0, 32);
};
