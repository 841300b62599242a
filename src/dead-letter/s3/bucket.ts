import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { statusOf } from '../aws-failure.ts';
import type { Bucket } from '../bucket.ts';
import { type Patience, patiently } from '../patience.ts';

export interface S3BucketOptions {
  readonly client: S3Client;
  readonly bucket: string;
  readonly patience: Patience;
}

/** Read at once: a piece that breaks off is asked for again by itself. */
const PIECE_BYTES = 8 * 1_048_576;
/** So many DeleteObjects takes (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html). */
const DELETE_MOST = 1_000;

interface Piece {
  readonly bytes: Buffer;
  readonly etag: string | undefined;
  readonly total: number;
}

/** `bytes 0-99/1234` */
const totalOf = (range: string | undefined): number => Number(/\/(\d+)$/.exec(range ?? '')?.[1] ?? 0);

/** Objects of a bucket, as a redrive reads, moves and removes them. */
export const s3Bucket = ({ client, bucket, patience }: S3BucketOptions): Bucket => {
  const url = `s3://${bucket}`;
  const ask = <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> => patiently(work, url, patience, signal);

  async function* pages(Prefix: string, Delimiter: string | undefined, signal: AbortSignal) {
    for (let ContinuationToken: string | undefined; ; ) {
      const list = new ListObjectsV2Command({ Bucket: bucket, Prefix, Delimiter, ContinuationToken });
      const page = await ask(() => client.send(list, { abortSignal: signal }), signal);
      yield page;
      ContinuationToken = page.NextContinuationToken;
      if (ContinuationToken === undefined) return;
    }
  }
  /** Undefined when the object is gone, or is not what it was. */
  const piece = (Key: string, from: number, IfMatch: string | undefined, signal: AbortSignal) =>
    ask(async (): Promise<Piece | undefined> => {
      const Range = `bytes=${from}-${from + PIECE_BYTES - 1}`;
      try {
        const get = new GetObjectCommand({ Bucket: bucket, Key, Range, IfMatch });
        const { Body, ETag, ContentRange } = await client.send(get, { abortSignal: signal });
        const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
        return { bytes, etag: ETag, total: totalOf(ContentRange) };
      } catch (thrown) {
        const isGone = thrown instanceof Error && thrown.name === 'NoSuchKey';
        if (isGone || statusOf(thrown) === 412 || statusOf(thrown) === 416) return undefined;
        throw thrown;
      }
    }, signal);
  const removeSome = (keys: readonly string[], signal: AbortSignal) =>
    ask(async () => {
      const Delete = { Quiet: true, Objects: keys.map((Key) => ({ Key })) };
      const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete }), {
        abortSignal: signal,
      });
      const [first] = Errors;
      if (!first) return;
      const status = first.Code === 'AccessDenied' ? 403 : 503;
      const failure = new Error(`${Errors.length} objects were not removed: ${first.Code} ${first.Message}`);
      throw Object.assign(failure, { $metadata: { httpStatusCode: status } });
    }, signal);

  return {
    url,
    async *list(prefix, signal) {
      for await (const { Contents = [] } of pages(prefix, undefined, signal))
        yield Contents.map(({ Key = '', Size = 0, LastModified }) => ({
          key: Key,
          bytes: Size,
          modifiedMs: LastModified?.getTime() ?? Number.POSITIVE_INFINITY,
        }));
    },
    async *folders(prefix, signal) {
      for await (const { CommonPrefixes = [] } of pages(prefix, '/', signal))
        yield CommonPrefixes.map(({ Prefix = '' }) => Prefix);
    },
    async *read(key, signal) {
      let etag: string | undefined;
      for (let from = 0, total = 1; from < total; ) {
        const next = await piece(key, from, etag, signal);
        // What was not seen must not be removed with the rest.
        if (!next && from > 0) throw new Error('it changed while it was read');
        if (!next || next.bytes.length === 0) return;
        ({ etag, total } = next);
        from += next.bytes.length;
        yield next.bytes;
      }
    },
    put: (Key, Body, signal) =>
      ask(async () => {
        const put = new PutObjectCommand({ Bucket: bucket, Key, Body, ContentType: 'application/json' });
        await client.send(put, { abortSignal: signal });
      }, signal),
    async remove(keys, signal) {
      for (let from = 0; from < keys.length; from += DELETE_MOST)
        await removeSome(keys.slice(from, from + DELETE_MOST), signal);
    },
    close: () => client.destroy(),
  };
};
