import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** How long a queue keeps messages, and what they may be. */
export interface QueueAttributes {
  readonly retentionS: number | undefined;
  readonly maxBytes: number | undefined;
  readonly fifo: boolean;
}

const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/** Rejects with the SDK's error when the queue is not there or may not be asked (sqs:GetQueueAttributes). */
export const queueAttributes = async (
  client: SQSClient,
  queueUrl: string,
  signal: AbortSignal,
): Promise<QueueAttributes> => {
  const get = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] });
  const { Attributes = {} } = await client.send(get, { abortSignal: signal });
  return {
    retentionS: number(Attributes.MessageRetentionPeriod),
    maxBytes: number(Attributes.MaximumMessageSize),
    fifo: Attributes.FifoQueue === 'true',
  };
};
