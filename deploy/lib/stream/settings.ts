import { choice, integer, text } from '../environment/field.ts';

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
};
