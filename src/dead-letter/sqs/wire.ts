import { GetQueueAttributesCommand, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Unkept } from '../../core/letter.ts';
import { awsFailure } from '../aws-failure.ts';
import type { Sent, Wire } from '../batched.ts';
import type { Limits } from '../batches.ts';
import { POINTER_MOST_BYTES } from '../envelope.ts';

export interface SqsOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
}

/**
 * What SQS takes at most: messages of up to 1 MiB, and no more than 10 of them and 1 MiB in a request
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html and
 * sqs-batch-api-actions.html). A queue's own MaximumMessageSize may be less, and in those from before August 2025 it is.
 */
export const MOST: Limits = { letterBytes: 1_048_576, requestBytes: 1_048_576, requestLetters: 10 };

/** Errors that speak of the request's contents: one of its messages may be the guilty one. */
const REFUSED: ReadonlySet<string> = new Set([
  'BatchRequestTooLong',
  'InvalidMessageContents',
  'InvalidParameterValue',
  'InvalidParameterValueException',
]);

/** The older protocol's names begin with `AWS.SimpleQueueService.`; some answers still carry them. */
const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name.replace(/^.*[.]/, '') : '');

/** A standard SQS queue, which is asked what one of its messages may hold. */
export const sqsWire = ({ client, queueUrl }: SqsOptions): Wire => {
  /** Asked for anew after every failure: somebody may have set it lower. */
  let letterBytes: number | undefined;
  const ask = async (signal: AbortSignal): Promise<number> => {
    const get = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['MaximumMessageSize'] });
    const { Attributes } = await client.send(get, { abortSignal: signal });
    const bytes = Number(Attributes?.MaximumMessageSize);
    if (!(bytes >= POINTER_MOST_BYTES))
      throw new Error(
        `its MaximumMessageSize is ${bytes}; raise it to at least ${POINTER_MOST_BYTES}, best to 1048576`,
      );
    return Math.min(bytes, MOST.letterBytes);
  };
  const named = (thrown: unknown) => `${queueUrl}: ${awsFailure(thrown)}`;
  const limits = async (signal: AbortSignal): Promise<Limits> => {
    try {
      letterBytes ??= await ask(signal);
    } catch (cause) {
      throw new Error(named(cause), { cause });
    }
    return { ...MOST, letterBytes };
  };

  return {
    limits,
    async send(texts, signal): Promise<Sent> {
      const Entries = texts.map((MessageBody, i) => ({ Id: `${i}`, MessageBody }));
      try {
        const answer = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }), {
          abortSignal: signal,
        });
        const unkept: Unkept[] = texts.map(() => `${queueUrl}: the answer did not mention it`);
        for (const { Id } of answer.Successful ?? []) unkept[Number(Id)] = undefined;
        for (const { Id, Code, Message } of answer.Failed ?? [])
          unkept[Number(Id)] = `${queueUrl}: ${Code}: ${Message}`;
        if (unkept.some((why) => why !== undefined)) letterBytes = undefined;
        return { unkept };
      } catch (cause) {
        letterBytes = undefined;
        if (!REFUSED.has(nameOf(cause))) throw new Error(named(cause), { cause });
        return { refused: named(cause) };
      }
    },
    async check(signal) {
      try {
        letterBytes = await ask(signal);
        return undefined;
      } catch (thrown) {
        return named(thrown);
      }
    },
    close: () => client.destroy(),
  };
};
