import { HeadBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsFailure, statusOf } from '../aws-failure.ts';
import type { Store } from '../store.ts';

export interface S3StoreOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Stands before every key: empty, or with a slash at its end. */
  readonly prefix: string;
}

/**
 * Objects in a bucket. An answer to PutObject means that the object is stored in several places, and that reading sees
 * it at once (https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel).
 */
export const s3Store = ({ client, bucket, prefix }: S3StoreOptions): Store => ({
  async put(key, text, signal) {
    const Key = `${prefix}${key}`;
    try {
      const put = new PutObjectCommand({ Bucket: bucket, Key, Body: text, ContentType: 'application/json' });
      await client.send(put, { abortSignal: signal });
    } catch (cause) {
      throw new Error(`s3://${bucket}: ${awsFailure(cause)}`, { cause });
    }
    return `s3://${bucket}/${Key}`;
  },
  async check(signal) {
    try {
      await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal: signal });
      return undefined;
    } catch (thrown) {
      const status = statusOf(thrown);
      // Who may only write is not told whether the bucket is there (that takes s3:ListBucket): nothing is known.
      if (status === 403) return undefined;
      return status === 404 ? `the bucket ${bucket} does not exist` : `s3://${bucket}: ${awsFailure(thrown)}`;
    }
  },
  close: () => client.destroy(),
});
