import type { DeliveryStreamDescription } from '@aws-sdk/client-firehose';

/** Where a stream's letters are looked for later. */
export interface ReadFrom {
  readonly bucket: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
}

/**
 * What speaks against a stream as the way into `readFrom`, or into any place in S3; undefined: nothing. Its prefix may go on with
 * expressions (`!{timestamp:yyyy/MM/dd}`), and Firehose puts the hour behind one without any.
 */
export const deliveryTrouble = (
  { DeliveryStreamStatus: status, Destinations }: Partial<DeliveryStreamDescription>,
  readFrom: ReadFrom | undefined,
): string | undefined => {
  if (status !== 'ACTIVE') return `it is ${status}, not ACTIVE`;
  const s3 = Destinations?.[0]?.ExtendedS3DestinationDescription;
  if (!s3) return 'it does not deliver to S3, from where alone it can be read again';
  if (readFrom === undefined) return undefined;
  const bucket = s3.BucketARN?.split(':').at(-1);
  const prefix = s3.Prefix?.split('!{')[0] ?? '';
  if (bucket === readFrom.bucket && prefix.startsWith(readFrom.prefix)) return undefined;
  return `it delivers to s3://${bucket}/${prefix}, but dead_letter.read_from is s3://${readFrom.bucket}/${readFrom.prefix}`;
};
