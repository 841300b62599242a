import { FirehoseClient, type FirehoseClientConfig } from '@aws-sdk/client-firehose';
import { awsRequests } from '../aws-requests.ts';

/** One that hangs holds up the letters of its write, no others: their turn comes when it is given up. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The SDK's client; region, endpoint and credentials come from its own environment unless told. */
export const firehoseClient = (
  config: Pick<FirehoseClientConfig, 'region' | 'endpoint' | 'credentials'> = {},
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
): FirehoseClient =>
  new FirehoseClient({
    ...config,
    ...awsRequests(requestTimeoutMs),
  });
