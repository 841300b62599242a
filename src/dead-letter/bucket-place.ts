import { createHash } from 'node:crypto';
import type { Bucket, Found } from './bucket.ts';
import { fewAtOnce } from './few-at-once.ts';
import { folderOf } from './keys.ts';
import { type Bundle, type LetterPlace, mayHold, type Narrow } from './place.ts';
import { unpacked } from './unpacked.ts';

export interface BucketPlaceOptions {
  readonly bucket: Bucket;
  /** Stands before every key: empty, or with a slash at its end. */
  readonly prefix: string;
  /** `letters`: the keys are those of src/dead-letter/keys.ts. `delivered`: a Firehose stream's, which tell nothing. */
  readonly layout: 'letters' | 'delivered';
}

/** What is kept of objects is written in objects of about so many bytes. */
const OBJECT_BYTES = 4 * 1_048_576;
/** Requests under way at once. */
const AT_ONCE = 8;
const BODY = /(?:^|\/)bodies\/date=/;

const partOf = (folder: string, name: string): string | undefined =>
  new RegExp(`(?:^|/)${name}=([^/]+)/`).exec(folder)?.[1];

/** Letters in the objects of a bucket. */
export const bucketPlace = ({ bucket, prefix, layout }: BucketPlaceOptions): LetterPlace => {
  async function* byLayout(narrow: Narrow, signal: AbortSignal): AsyncIterable<Found> {
    const { reason, shard } = narrow;
    for await (const days of bucket.folders(`${prefix}letters/`, signal))
      for (const day of days) {
        if (!mayHold(partOf(day, 'date') ?? '', narrow)) continue;
        const narrower = reason === undefined ? day : `${day}reason=${reason}/`;
        for await (const found of bucket.list(narrower, signal))
          for (const each of found) if (shard === undefined || partOf(each.key, 'shard') === shard) yield each;
      }
  }
  /** A record arrives before its letter is delivered. Pointers lead to bodies, wherever these are kept. */
  async function* delivered({ sinceMs }: Narrow, signal: AbortSignal): AsyncIterable<Found> {
    for await (const found of bucket.list(prefix, signal))
      for (const each of found) if (each.modifiedMs >= sinceMs && !BODY.test(each.key)) yield each;
  }

  const keepSome = async ({ name }: Pick<Bundle, 'name'>, lines: readonly Buffer[], signal: AbortSignal) => {
    const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
    // The same lines always have the same name, which no bundle with other lines ever has.
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const [, folder = '', base = ''] = /^(.*\/)?([^/.]*)[^/]*$/.exec(name) ?? [];
    await bucket.put(`${folder}${base.replace(/-rest-[0-9a-f]{16}$/, '')}-rest-${hash}.ndjson`, bytes, signal);
  };

  return {
    async *list(narrow, signal) {
      const found = layout === 'letters' ? byLayout(narrow, signal) : delivered(narrow, signal);
      for await (const { key, bytes } of found) if (bytes > 0) yield { name: key, bytes };
    },
    read: ({ name }, signal) => unpacked(bucket.read(name, signal)),
    async keep(bundle, lines, signal) {
      let some: Buffer[] = [];
      let bytes = 0;
      for await (const line of lines) {
        some.push(line);
        bytes += line.length;
        if (bytes < OBJECT_BYTES) continue;
        await keepSome(bundle, some, signal);
        some = [];
        bytes = 0;
      }
      if (some.length > 0) await keepSome(bundle, some, signal);
    },
    async add(letters, signal) {
      const groups = Map.groupBy(letters, ({ letter }) => folderOf(letter));
      await fewAtOnce([...groups], AT_ONCE, ([folder, some]) => {
        const name = `${prefix}letters/${folder}/${some[0]?.letter.sequenceNumber}`;
        return keepSome(
          { name },
          some.map(({ line }) => line),
          signal,
        );
      });
    },
    remove: (bundles, signal) =>
      bucket.remove(
        bundles.map(({ name }) => name),
        signal,
      ),
    close: () => bucket.close(),
  };
};
