import type { Bucket } from './bucket.ts';
import { letterId } from './envelope.ts';
import { LINE_MOST_BYTES } from './line-reader.ts';
import type { Bodies, WholeLetter } from './sieve.ts';
import { readLetter, type StoredLetter, type Unreadable } from './stored.ts';

/** Such as `bodyKey` makes them: a letter from elsewhere must not make us remove anything else. */
const ADDRESS = /^s3:\/\/([a-z0-9.-]{3,63})\/((?:.*\/)?bodies\/date=[^/]+\/reason=[^/]+\/shard=[^/]+\/[^/]+\.json)$/;

const wholeOf = (text: string, pointer: StoredLetter): WholeLetter | Unreadable => {
  const letter = readLetter(text);
  if ('unreadable' in letter) return { unreadable: `${pointer.body}: ${letter.unreadable}` };
  const { raw } = letter;
  if (raw === undefined || letterId(letter) !== letterId(pointer))
    return { unreadable: `${pointer.body} is another letter` };
  return { ...letter, raw };
};

/** The whole letters in S3, in whatever buckets the pointers name. */
export const bucketBodies = (open: (bucket: string) => Promise<Bucket>): Bodies => ({
  async follow(pointer, signal) {
    const [, name, key] = ADDRESS.exec(pointer.body ?? '') ?? [];
    if (name === undefined || key === undefined) return { unreadable: `${pointer.body} is no place of a letter` };
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of (await open(name)).read(key, signal)) {
      bytes += piece.length;
      if (bytes > LINE_MOST_BYTES) return { unreadable: `${pointer.body} has more than ${LINE_MOST_BYTES} bytes` };
      pieces.push(piece);
    }
    if (bytes === 0) return { unreadable: `${pointer.body} is not there any more` };
    return wholeOf(Buffer.concat(pieces).toString(), pointer);
  },
  async remove(addresses, signal) {
    const found = addresses.map((address) => ADDRESS.exec(address) ?? []);
    for (const [name, some] of Map.groupBy(found, ([, bucket]) => bucket)) {
      if (name === undefined) continue;
      const keys = some.flatMap(([, , key]) => key ?? []);
      await (await open(name)).remove([...new Set(keys)], signal);
    }
  },
});
