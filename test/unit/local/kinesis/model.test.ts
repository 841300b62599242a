import { describe, expect, it } from 'vitest';
import { awsModel, type Model, type Shape } from '../../../support/aws-model.ts';
import { localKinesis, shardId } from '../../../support/kinesis.ts';

const STREAM = { StreamName: 'events' };
const RECORD = { Data: 'eA==', PartitionKey: 'k' };

/** A request of each operation that is right but for the member a case breaks. */
const RIGHT: Readonly<Record<string, object>> = {
  CreateStream: { StreamName: 'other', ShardCount: 1 },
  DeleteStream: STREAM,
  DescribeStream: STREAM,
  DescribeStreamSummary: STREAM,
  GetRecords: { ShardIterator: 'AAAA' },
  GetShardIterator: { ...STREAM, ShardId: shardId(0), ShardIteratorType: 'TRIM_HORIZON' },
  ListShards: STREAM,
  MergeShards: { ...STREAM, ShardToMerge: shardId(0), AdjacentShardToMerge: shardId(1) },
  PutRecord: { ...STREAM, ...RECORD },
  PutRecords: { ...STREAM, Records: [RECORD] },
  SplitShard: { ...STREAM, ShardToSplit: shardId(0), NewStartingHashKey: '5' },
};

/** Members that the embedded server does not look at. */
const IGNORED = [
  'StreamId',
  'DryRun',
  'Tags',
  'WarmThroughputMiBps',
  'EnforceConsumerDeletion',
  'SequenceNumberForOrdering',
  'StreamCreationTimestamp',
];

/** Values that break a shape's limits. */
const broken = (shape: Shape): readonly unknown[] => {
  const wrong: unknown[] = [];
  if (shape.type === 'string') {
    wrong.push(5);
    if (shape.max !== undefined) wrong.push('a'.repeat(shape.max + 1));
    if (shape.min !== undefined && shape.min > 0) wrong.push('');
    if (shape.pattern) wrong.push('§ no such thing §');
    if (shape.enum) wrong.push('NO_SUCH_THING');
  }
  if (shape.type === 'integer') {
    wrong.push('many', 1.5);
    if (shape.max !== undefined) wrong.push(shape.max + 1);
    if (shape.min !== undefined) wrong.push(shape.min - 1);
  }
  if (shape.type === 'timestamp') wrong.push('yesterday');
  if (shape.type === 'blob') wrong.push('no base64!', 5);
  if (shape.type === 'structure') wrong.push('text');
  if (shape.type === 'list') wrong.push([], Array(501).fill(RECORD));
  return wrong;
};

const casesOf = (model: Model, operation: string): readonly (readonly [string, object])[] => {
  const shape = model.shapes[model.operations[operation]?.input?.shape ?? ''];
  const right = RIGHT[operation] ?? {};
  const required = (shape?.required ?? []).map(
    (name) => [`${operation} without ${name}`, { ...right, [name]: undefined }] as const,
  );
  const members = Object.entries(shape?.members ?? {}).filter(([name]) => !IGNORED.includes(name));
  const wrong = members.flatMap(([name, member]) =>
    broken(model.shapes[member.shape] ?? { type: '' }).map(
      (value) =>
        [`${operation} with ${name} = ${JSON.stringify(value)?.slice(0, 30)}`, { ...right, [name]: value }] as const,
    ),
  );
  return [...required, ...wrong];
};

const ask = async (url: string, operation: string, request: object) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'x-amz-target': `Kinesis_20131202.${operation}`, 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(request),
  });
  return { status: response.status, type: response.headers.get('x-amzn-errortype'), body: await response.text() };
};

const model = awsModel('kinesis');

describe('the wire', () => {
  // Without AWS's model beside the project there is nothing to hold the members against.
  it.each(model ? Object.keys(RIGHT) : [])('keeps AWS’s own limits for every member of %s', async (operation) => {
    if (!model) return;
    await using local = await localKinesis(2);
    const { url } = local.kinesis;
    const cases = casesOf(model, operation);
    expect(cases.length).toBeGreaterThan(2);
    const taken: string[] = [];
    for (const [name, request] of cases) {
      const { status, type, body } = await ask(url, operation, request);
      const refused = ['ValidationException', 'InvalidArgumentException', 'SerializationException'].includes(
        type ?? '',
      );
      if (status !== 400 || !refused || JSON.parse(body).__type !== type) taken.push(`${name}: ${status} ${type}`);
    }
    expect(taken).toEqual([]);
  });

  it('refuses what is no operation, no JSON or no object in the shape of AWS', async () => {
    await using local = await localKinesis();
    const { url } = local.kinesis;
    expect(await ask(url, 'NoSuchThing', {})).toMatchObject({ status: 400, type: 'UnknownOperationException' });
    expect(await ask(url, 'ListShards', [])).toMatchObject({ status: 400, type: 'SerializationException' });
    const headers = { 'x-amz-target': 'Kinesis_20131202.ListShards' };
    const response = await fetch(url, { method: 'POST', headers, body: '{"Stream' });
    expect(await response.json()).toEqual({ __type: 'SerializationException', message: 'the request is no JSON' });
  });
});
