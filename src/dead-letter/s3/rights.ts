import { createHash } from 'node:crypto';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

const KEY = 'shardline-doctor';
const TEXT = 'Shardline asked whether it may write here.';

/**
 * Whether we may put objects below the prefix, without putting one: the body does not have the MD5 that it is said to
 * have, which S3 looks at after the rights, and then stores nothing (BadDigest). A store that does not look keeps one
 * small object there. Rejects with the SDK's error when nothing can be put.
 */
export const tryPut = async (client: S3Client, bucket: string, prefix: string, signal: AbortSignal): Promise<void> => {
  const ContentMD5 = createHash('md5').update(`not ${TEXT}`).digest('base64');
  const put = new PutObjectCommand({ Bucket: bucket, Key: `${prefix}${KEY}`, Body: TEXT, ContentMD5 });
  try {
    await client.send(put, { abortSignal: signal });
  } catch (thrown) {
    if (!(thrown instanceof Error && thrown.name === 'BadDigest')) throw thrown;
  }
};
