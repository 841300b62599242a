import { DescribeStreamSummaryCommand, type KinesisClient } from '@aws-sdk/client-kinesis';

/** How a request names a stream: by ARN where one is configured (it reaches other accounts), else by name. */
export const streamIn = (stream: string): { readonly StreamARN: string } | { readonly StreamName: string } =>
  stream.startsWith('arn:') ? { StreamARN: stream } : { StreamName: stream };

/** The stream's name, also where an ARN is configured. */
export const streamName = (stream: string): string =>
  stream.startsWith('arn:') ? stream.slice(stream.indexOf(':stream/') + ':stream/'.length) : stream;

/** What a stream says of itself. */
export interface StreamSummary {
  readonly name: string;
  readonly arn: string;
  readonly status: string;
  /** Tells a stream from an earlier one of the same name, whose sequence numbers mean nothing here. */
  readonly createdMs: number;
  readonly retentionMs: number;
  readonly openShards: number;
  /** PROVISIONED or ON_DEMAND; undefined where the answer does not say. */
  readonly mode: string | undefined;
  /** The name of the KMS key; undefined for a stream that is not encrypted. */
  readonly encryptedWith: string | undefined;
}

/** Asks for a stream's summary; rejects with the SDK's error when there is none or it cannot be asked. */
export const describeStream = async (
  client: KinesisClient,
  stream: string,
  signal: AbortSignal,
): Promise<StreamSummary> => {
  const answer = await client.send(new DescribeStreamSummaryCommand(streamIn(stream)), { abortSignal: signal });
  const summary = answer.StreamDescriptionSummary;
  return {
    name: summary?.StreamName ?? streamName(stream),
    arn: summary?.StreamARN ?? '',
    status: summary?.StreamStatus ?? '',
    createdMs: summary?.StreamCreationTimestamp?.getTime() ?? 0,
    retentionMs: (summary?.RetentionPeriodHours ?? 24) * 3_600_000,
    openShards: summary?.OpenShardCount ?? 0,
    mode: summary?.StreamModeDetails?.StreamMode,
    encryptedWith: summary?.EncryptionType === 'KMS' ? (summary.KeyId ?? 'a key of KMS') : undefined,
  };
};
