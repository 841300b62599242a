import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

const GZIP = Buffer.from([0x1f, 0x8b]);

/** A Firehose stream may pack what it delivers; other packings than gzip are nothing that can be read. */
export async function* unpacked(pieces: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const rest = pieces[Symbol.asyncIterator]();
  const first = await rest.next();
  if (first.done) return;
  const all = async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => rest };
  };
  if (first.value.subarray(0, 2).equals(GZIP)) yield* pipeline(Readable.from(all()), createGunzip(), () => undefined);
  else yield* all();
}
