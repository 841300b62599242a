/** A place in S3: a bucket and what stands before every key there, empty or with a slash at its end. */
export interface S3Place {
  readonly bucket: string;
  readonly prefix: string;
}

/** Where dead letters go. */
export type LetterTarget =
  | { readonly kind: 'file'; readonly directory: string }
  | { readonly kind: 'sqs'; readonly queueUrl: string }
  | ({ readonly kind: 's3' } & S3Place)
  | { readonly kind: 'firehose'; readonly stream: string };

/** Every kind there is, as docs/dead-letters.md lists them. */
export const TARGET_KINDS: readonly LetterTarget['kind'][] = ['file', 'sqs', 's3', 'firehose'];

/** What `dead_letter.to` may say, for people. */
export const TARGETS =
  'file:DIR such as file:./dead-letters, s3://BUCKET/PREFIX, firehose://STREAM, or the URL of a standard (not FIFO) SQS queue such as https://sqs.eu-central-1.amazonaws.com/123456789012/letters';

/** `file:DIR`, also `file:///abs/dir`. */
const fileTarget = (value: string): LetterTarget | undefined => {
  const directory = /^file:(?:\/\/(?=\/))?(.+)$/s.exec(value)?.[1];
  return directory && !directory.startsWith('//') ? { kind: 'file', directory } : undefined;
};

/** A queue of any endpoint, a VPC's own as well; a FIFO queue would need groups, and has a name that ends with `.fifo`. */
const sqsTarget = (value: string): LetterTarget | undefined =>
  /^https?:\/\/[^/?#@\s]+\/\d{12}\/[A-Za-z0-9_-]{1,80}$/.test(value) && URL.canParse(value)
    ? { kind: 'sqs', queueUrl: value }
    : undefined;

/** Names of buckets (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html), and keys without surprises. */
const S3_PLACE =
  /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/((?:[A-Za-z0-9!_.*'()=-]+\/)*[A-Za-z0-9!_.*'()=-]*))?$/;
const PREFIX_MOST = 512;

/** `s3://bucket` or `s3://bucket/prefix`. */
export const parseS3Place = (value: string): S3Place | undefined => {
  const [, bucket, path = ''] = S3_PLACE.exec(value) ?? [];
  if (bucket === undefined || path.length > PREFIX_MOST) return undefined;
  return { bucket, prefix: path === '' || path.endsWith('/') ? path : `${path}/` };
};

export const showS3Place = ({ bucket, prefix }: S3Place): string => `s3://${bucket}/${prefix}`.replace(/\/$/, '');

const s3Target = (value: string): LetterTarget | undefined => {
  const place = parseS3Place(value);
  return place && { kind: 's3', ...place };
};

/** `firehose://STREAM`: the stream's name. */
export const parseFirehose = (value: string): string | undefined =>
  /^firehose:\/\/([A-Za-z0-9_.-]{1,64})$/.exec(value)?.[1];

const firehoseTarget = (value: string): LetterTarget | undefined => {
  const stream = parseFirehose(value);
  return stream === undefined ? undefined : { kind: 'firehose', stream };
};

export const parseLetterTarget = (value: string): LetterTarget | undefined =>
  fileTarget(value) ?? sqsTarget(value) ?? s3Target(value) ?? firehoseTarget(value);

export const showLetterTarget = (target: LetterTarget): string => {
  switch (target.kind) {
    case 'file':
      return `file:${target.directory}`;
    case 'sqs':
      return target.queueUrl;
    case 's3':
      return showS3Place(target);
    case 'firehose':
      return `firehose://${target.stream}`;
    default:
      return target satisfies never;
  }
};
