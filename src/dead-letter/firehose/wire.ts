import { DescribeDeliveryStreamCommand, type FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose';
import type { Unkept } from '../../core/letter.ts';
import { awsFailure } from '../aws-failure.ts';
import type { Sent, Wire } from '../batched.ts';
import type { Limits } from '../batches.ts';
import { deliveryTrouble, type ReadFrom } from './delivery.ts';

export interface FirehoseOptions {
  readonly client: FirehoseClient;
  readonly stream: string;
  /** Where it must deliver to; undefined: anywhere in S3. */
  readonly readFrom: ReadFrom | undefined;
}

/**
 * What Firehose takes at most: records of 1,000 KB, 500 of them and 4 MB in a request
 * (https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html). A letter's record ends with a
 * newline. Whether the 4 MB are those of the base64 that travels is not said: so they are, a third more than its bytes.
 */
export const MOST: Limits = { letterBytes: 999_999, requestBytes: 2_990_000, requestLetters: 500 };

/** Errors that speak of the request's contents: one of its records may be the guilty one. */
const REFUSED: ReadonlySet<string> = new Set([
  'InvalidArgumentException',
  'SerializationException',
  'ValidationException',
]);

/** A Firehose stream that delivers to S3. What it has taken it keeps until it is delivered, for up to a day. */
export const firehoseWire = ({ client, stream, readFrom }: FirehoseOptions): Wire => {
  const named = (why: string) => `firehose://${stream}: ${why}`;
  return {
    limits: async () => MOST,
    async send(texts, signal): Promise<Sent> {
      const Records = texts.map((text) => ({ Data: Buffer.from(`${text}\n`) }));
      try {
        const put = new PutRecordBatchCommand({ DeliveryStreamName: stream, Records });
        const { RequestResponses: answers = [] } = await client.send(put, { abortSignal: signal });
        const unkept = texts.map((_, i): Unkept => {
          const { RecordId, ErrorCode, ErrorMessage } = answers[i] ?? {};
          if (RecordId !== undefined && ErrorCode === undefined) return undefined;
          return named(ErrorCode === undefined ? 'the answer did not mention it' : `${ErrorCode}: ${ErrorMessage}`);
        });
        return { unkept };
      } catch (cause) {
        const why = named(awsFailure(cause));
        if (cause instanceof Error && REFUSED.has(cause.name)) return { refused: why };
        throw new Error(why, { cause });
      }
    },
    async check(signal) {
      try {
        const describe = new DescribeDeliveryStreamCommand({ DeliveryStreamName: stream });
        const { DeliveryStreamDescription } = await client.send(describe, { abortSignal: signal });
        const trouble = deliveryTrouble(DeliveryStreamDescription ?? {}, readFrom);
        return trouble && named(trouble);
      } catch (thrown) {
        return named(awsFailure(thrown));
      }
    },
    close: () => client.destroy(),
  };
};
