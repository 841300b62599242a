import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';
import { awsRequests } from '../aws-requests.ts';

/** One that hangs holds up the letters of its write, no others: their turn comes when it is given up. */
const REQUEST_TIMEOUT_MS = 10_000;

/** The region that the address of a queue names: `sqs.REGION.amazonaws.com`, also within a VPC, and its older form. */
export const regionOf = (queueUrl: string): string | undefined => {
  const { hostname } = new URL(queueUrl);
  return (
    /(?:^|\.)sqs(?:-fips)?\.([a-z]{2}[a-z0-9-]+)\./.exec(hostname)?.[1] ?? /^([a-z0-9-]+)\.queue\./.exec(hostname)?.[1]
  );
};

/**
 * The SDK's client for one queue, whose URL says where to send and, mostly, for which region to sign; the rest comes
 * from the SDK's own environment unless told.
 */
export const sqsClient = (
  queueUrl: string,
  config: Pick<SQSClientConfig, 'region' | 'credentials'> = {},
  requestTimeoutMs = REQUEST_TIMEOUT_MS,
): SQSClient => {
  const region = regionOf(queueUrl);
  return new SQSClient({
    ...(region === undefined ? {} : { region }),
    ...config,
    endpoint: new URL(queueUrl).origin,
    ...awsRequests(requestTimeoutMs),
  });
};
