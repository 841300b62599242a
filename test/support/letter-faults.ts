import type { LetterFault } from '../contract/dead-letters.ts';
import type { Answer, Asked, Meddle } from './meddler.ts';

/** AWS's own answers in an outage of each kind, for what moto never does by itself. */
export interface Faults {
  readonly throttled: Answer;
  /** Lets a part of what is asked for be done, and says so. */
  readonly partly: Meddle;
}

/** What a service does to the requests that reach it under a fault. */
export const meddleWith = (kind: LetterFault | undefined, { throttled, partly }: Faults): Meddle => {
  switch (kind) {
    case undefined:
      return (_, forward) => forward();
    case 'throttling':
      return async () => throttled;
    case 'outage':
      return async () => 'reset';
    case 'lost answers':
      return async (_, forward) => {
        await forward();
        return 'reset';
      };
    case 'silence':
      return () => new Promise(() => {});
    case 'partial failure':
      return partly;
    default:
      return kind satisfies never;
  }
};

const json = (status: number, value: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify(value)),
});

/** Parts a list in those at even and those at odd places. */
const halves = <T>(all: readonly T[]): readonly [T[], T[]] => [
  all.filter((_, i) => i % 2 === 0),
  all.filter((_, i) => i % 2 === 1),
];

interface SendBatch {
  readonly QueueUrl: string;
  readonly Entries: readonly { readonly Id: string; readonly MessageBody: string }[];
}

const asks = ({ headers }: Asked, operation: string): boolean =>
  String(headers['x-amz-target']).endsWith(`.${operation}`);

export const sqsFaults: Faults = {
  throttled: json(400, { __type: 'com.amazonaws.sqs#RequestThrottled', message: 'Request is throttled.' }),
  partly: async (asked, forward) => {
    if (!asks(asked, 'SendMessageBatch')) return forward();
    const batch: SendBatch = JSON.parse(asked.body.toString());
    const [taken, failed] = halves(batch.Entries);
    const answer = await forward(Buffer.from(JSON.stringify({ ...batch, Entries: taken })));
    const Failed = failed.map(({ Id }) => ({ Id, SenderFault: false, Code: 'InternalError', Message: 'try again' }));
    return json(200, { ...JSON.parse(answer.body.toString()), Failed });
  },
};

/** What SQS would refuse of a request, and moto lets through: it counts characters, and knows no queue's own limit. */
const sqsRefusal = (body: Buffer, messageBytes: number): string | undefined => {
  const { Entries }: SendBatch = JSON.parse(body.toString());
  const sizes = Entries.map(({ MessageBody }) => Buffer.byteLength(MessageBody));
  if (Entries.length > 10) return `${Entries.length} messages`;
  if (sizes.some((bytes) => bytes > messageBytes)) return `a message of ${Math.max(...sizes)} bytes`;
  const sum = sizes.reduce((all, bytes) => all + bytes, 0);
  if (sum > 1_048_576) return `messages of ${sum} bytes`;
  const odd = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
  return Entries.some(({ MessageBody }) => odd.test(MessageBody)) ? 'a character that it does not take' : undefined;
};

const strict = (type: string, why: string): Answer => json(400, { __type: type, message: `refused: ${why}` });

/** Refuses what SQS itself would refuse; the faults are for the rest. */
export const strictSqs =
  (meddle: Meddle, messageBytes: number): Meddle =>
  async (asked, forward) => {
    const why = asks(asked, 'SendMessageBatch') ? sqsRefusal(asked.body, messageBytes) : undefined;
    return why === undefined ? meddle(asked, forward) : strict('com.amazonaws.sqs#InvalidParameterValue', why);
  };

interface PutBatch {
  readonly Records: readonly { readonly Data: string }[];
}

interface PutBatchAnswer {
  readonly RequestResponses: readonly object[];
}

export const firehoseFaults: Faults = {
  throttled: json(503, { __type: 'ServiceUnavailableException', message: 'Slow down.' }),
  partly: async (asked, forward) => {
    if (!asks(asked, 'PutRecordBatch')) return forward();
    const batch: PutBatch = JSON.parse(asked.body.toString());
    const [taken] = halves(batch.Records);
    const answer = await forward(Buffer.from(JSON.stringify({ ...batch, Records: taken })));
    const { RequestResponses }: PutBatchAnswer = JSON.parse(answer.body.toString());
    const slow = { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'Slow down.' };
    const all = batch.Records.map((_, i) => (i % 2 === 0 ? RequestResponses[i / 2] : slow));
    return json(200, { FailedPutCount: all.length - taken.length, RequestResponses: all });
  },
};

/** What Firehose would refuse of a request, in the narrowest reading of its documentation; moto knows no limits. */
const firehoseRefusal = (body: Buffer): string | undefined => {
  const { Records }: PutBatch = JSON.parse(body.toString());
  const most = Math.max(...Records.map(({ Data }) => Buffer.from(Data, 'base64').length));
  if (Records.length > 500) return `${Records.length} records`;
  if (most > 1_000_000) return `a record of ${most} bytes`;
  return body.length > 4_194_304 ? `a request of ${body.length} bytes` : undefined;
};

/** Refuses what Firehose itself would refuse. */
export const strictFirehose =
  (meddle: Meddle): Meddle =>
  async (asked, forward) => {
    const why = asks(asked, 'PutRecordBatch') ? firehoseRefusal(asked.body) : undefined;
    return why === undefined ? meddle(asked, forward) : strict('InvalidArgumentException', why);
  };

const xml = (status: number, code: string): Answer => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: Buffer.from(
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Please reduce your rate.</Message></Error>`,
  ),
});

export const s3Faults: Faults = {
  throttled: xml(503, 'SlowDown'),
  partly: async (asked, forward) => (/shardId-0*1\//.test(asked.path) ? xml(503, 'SlowDown') : forward()),
};
