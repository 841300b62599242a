import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Patience, patiently } from '../patience.ts';
import type { LetterQueue } from '../spool.ts';

export interface SqsQueueOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  readonly patience: Patience;
}

/** So many one request takes. */
const MOST = 10;
/** Asked with a wait, SQS looks on all its servers; asked without one, it may miss messages that are there. */
const WAIT_S = 1;
/** What is not spooled by then comes again. */
const VISIBILITY_S = 600;

/** A standard SQS queue that letters are taken out of. */
export const sqsQueue = ({ client, queueUrl, patience }: SqsQueueOptions): LetterQueue => {
  const ask = <T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> =>
    patiently(work, queueUrl, patience, signal);
  return {
    url: queueUrl,
    receive: (signal) =>
      ask(async () => {
        const receive = new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: MOST,
          WaitTimeSeconds: WAIT_S,
          VisibilityTimeout: VISIBILITY_S,
          MessageSystemAttributeNames: ['SentTimestamp'],
        });
        const { Messages = [] } = await client.send(receive, { abortSignal: signal });
        return Messages.map(({ MessageId = '', Body = '', ReceiptHandle = '', Attributes }) => ({
          id: MessageId,
          text: Body,
          handle: ReceiptHandle,
          sentMs: Number(Attributes?.SentTimestamp ?? 0),
        }));
      }, signal),
    async remove(handles, signal) {
      for (let from = 0; from < handles.length; from += MOST) {
        const Entries = handles.slice(from, from + MOST).map((ReceiptHandle, i) => ({ Id: `${i}`, ReceiptHandle }));
        // Those that it does not take come again, and are known as copies then.
        await ask(
          () => client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }), { abortSignal: signal }),
          signal,
        );
      }
    },
    waiting: (signal) =>
      ask(async () => {
        const get = new GetQueueAttributesCommand({
          QueueUrl: queueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        });
        const { Attributes } = await client.send(get, { abortSignal: signal });
        return {
          here: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
          received: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
        };
      }, signal),
    close: () => client.destroy(),
  };
};
