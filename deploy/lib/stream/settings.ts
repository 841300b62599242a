import { choice, integer, text, yesNo } from '../environment/field.ts';

export const STREAM = {
  arn: text(
    'A stream that exists already, which is read and never changed; left out: one is made',
    'the ARN of a Kinesis data stream in the region of the environment',
    /^arn:aws[a-z-]*:kinesis:[a-z0-9-]+:\d{12}:stream\/[\w.-]{1,128}$/,
  ),
  key_arn: text(
    'The KMS key of your own that encrypts the stream of `stream.arn`',
    'the ARN of a KMS key',
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]{1,64}$/,
  ),
  mode: choice('How the stream that is made grows', ['on-demand', 'provisioned']),
  shards: integer(1, 1, 10_000, 'Shards of a provisioned stream'),
  retention_hours: integer(168, 24, 8760, 'How long the stream keeps records: how long an outage may last'),
  letters: choice('Where the service puts dead letters', ['queue', 'bucket']),
  letter_days: integer(
    365,
    30,
    3650,
    'How long the bucket keeps dead letters, and the large ones of the queue, in days',
  ),
  archive: yesNo(true, 'Whether every record also goes to S3 as it was'),
  archive_days: integer(400, 1, 36_500, 'How long the archive keeps a record, in days'),
};
