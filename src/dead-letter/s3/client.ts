import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { awsRequests } from '../aws-requests.ts';

const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The SDK's client; region, endpoint and credentials come from its own environment unless told. A bucket may stand in
 * another region.
 */
export const s3Client = (
  config: Pick<S3ClientConfig, 'region' | 'endpoint' | 'credentials'> = {},
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
): S3Client =>
  new S3Client({
    ...config,
    followRegionRedirects: true,
    ...awsRequests(requestTimeoutMs),
  });
