import type { S3Place } from '../../config/letter-target.ts';
import type { Config } from '../../config/tree.ts';
import type { Clock } from '../../core/clock.ts';
import { POINTER_MOST_BYTES } from '../../dead-letter/envelope.ts';
import { lookAtFolder } from '../../dead-letter/folder.ts';
import type { Check } from '../../doctor/examine.ts';
import { type Finding, fail, ok } from '../../doctor/finding.ts';
import { judgeFolder, judgeQueue } from '../../doctor/letters.ts';
import { adviceFor } from '../../doctor/refusal.ts';
import { openLetters } from '../letters.ts';
import { whyThrown } from './parts.ts';

export interface LetterParts {
  readonly config: Config;
  readonly cwd: string;
  readonly clock: Clock;
}

const NAME = 'dead-letters';

const queue = async (url: string, signal: AbortSignal): Promise<Finding> => {
  const [{ sqsClient }, { queueAttributes }] = await Promise.all([
    import('../../dead-letter/sqs/client.ts'),
    import('../../dead-letter/sqs/attributes.ts'),
  ]);
  const client = sqsClient(url);
  try {
    return judgeQueue({ url, leastBytes: POINTER_MOST_BYTES, ...(await queueAttributes(client, url, signal)) });
  } catch (thrown) {
    const why = whyThrown(thrown);
    return fail(NAME, `${url} cannot be asked: ${why}`, adviceFor(why, 'sqs:GetQueueAttributes'));
  } finally {
    client.destroy();
  }
};

const bucket = async ({ bucket, prefix }: S3Place, signal: AbortSignal): Promise<Finding> => {
  const [{ s3Client }, { tryPut }] = await Promise.all([
    import('../../dead-letter/s3/client.ts'),
    import('../../dead-letter/s3/rights.ts'),
  ]);
  const client = s3Client();
  const place = `s3://${bucket}/${prefix}`;
  try {
    await tryPut(client, bucket, prefix, signal);
    return ok(NAME, `objects can be put below ${place}`);
  } catch (thrown) {
    const why = whyThrown(thrown);
    return fail(NAME, `nothing can be put below ${place}: ${why}`, adviceFor(why, 's3:PutObject'));
  } finally {
    client.destroy();
  }
};

/** Whether it is active and delivers to where letters are read from: what the service itself asks. */
const firehose = async ({ config, clock }: LetterParts, stream: string, signal: AbortSignal): Promise<Finding> => {
  const letters = await openLetters({ config, workerId: 'doctor', clock });
  try {
    const trouble = await letters.check(signal);
    if (trouble !== undefined) return fail(NAME, trouble, adviceFor(trouble, 'firehose:DescribeDeliveryStream'));
    return ok(
      NAME,
      `firehose://${stream} is active and delivers to dead_letter.read_from; the right to send is seen with the first letter only`,
    );
  } finally {
    await letters.close();
  }
};

const target = async (parts: LetterParts, signal: AbortSignal): Promise<Finding> => {
  const { to } = parts.config.deadLetter;
  switch (to.kind) {
    case 'file':
      return judgeFolder(await lookAtFolder(to.directory, parts.cwd));
    case 'sqs':
      return queue(to.queueUrl, signal);
    case 's3':
      return bucket(to, signal);
    case 'firehose':
      return firehose(parts, to.stream, signal);
    default:
      return to satisfies never;
  }
};

/** What the targets of dead letters are asked. */
export const letterChecks = (parts: LetterParts): readonly Check[] => [
  {
    name: NAME,
    async ask(signal) {
      const { largeTo } = parts.config.deadLetter;
      const both = await Promise.all([target(parts, signal), largeTo && bucket(largeTo, signal)]);
      return both.filter((finding) => finding !== undefined);
    },
  },
];
