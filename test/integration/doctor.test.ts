import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKS } from '../../src/doctor/finding.ts';
import { doctor, type Examined, examineHere } from '../support/doctor.ts';
import { type Meddler, meddler } from '../support/meddler.ts';
import { type Rig, rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

let world: Rig;
let dynamoDb: Meddler;
let kinesis: Meddler;
let silent: Meddler;
let environment: Readonly<Record<string, string>>;
let index: string;
/** Asked from the start, beside all others: it takes as long as a check may. */
let hanging: Promise<Examined>;

beforeAll(async () => {
  world = await rig({ shards: 1 });
  dynamoDb = await meddler(world.environment.AWS_ENDPOINT_URL_DYNAMODB ?? '');
  kinesis = await meddler(world.kinesis.url);
  index = `${world.prefix}-all`;
  environment = {
    ...world.environment,
    // No date: it must be the same index for the test, the worker and the doctor, at midnight too.
    SHARDLINE_INDEX: index,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
    AWS_ENDPOINT_URL_KINESIS: kinesis.url,
    SHARDLINE_INDEX_WINDOW_PAST: '30d',
  };
  silent = await meddler(world.kinesis.url);
  silent.meddle(() => new Promise(() => {}));
  hanging = ask({ AWS_ENDPOINT_URL_KINESIS: silent.url });
});

afterAll(async () => {
  await dynamoDb[Symbol.asyncDispose]();
  await kinesis[Symbol.asyncDispose]();
  await silent[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const ask = (more: Readonly<Record<string, string>> = {}) => doctor(world.folder, { ...environment, ...more });
const askHere = (more: Readonly<Record<string, string>> = {}) => examineHere(world.folder, { ...environment, ...more });

const call = async (method: string, path: string, body?: object): Promise<void> => {
  const headers = { 'content-type': 'application/json' };
  const sent = { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) };
  const answer = await fetch(`${world.opensearchUrl}${path}`, sent);
  if (!answer.ok) throw new Error(await answer.text());
};

/** Refuses one operation as IAM does. */
const refuse = (proxy: Meddler, action: string) =>
  proxy.meddle(async (asked, forward) => {
    const target = String(asked.headers['x-amz-target']);
    if (!target.endsWith(`.${action}`)) return forward();
    const message = `User: arn:aws:iam::123456789012:role/worker is not authorized to perform: x:${action}`;
    const body = Buffer.from(JSON.stringify({ __type: 'AccessDeniedException', message }));
    return { status: 400, headers: { 'content-type': 'application/x-amz-json-1.1' }, body };
  });

/** Every operation that a proxy saw, in place of what it does otherwise. */
const operations = (proxy: Meddler): Set<string> => {
  const seen = new Set<string>();
  proxy.meddle((asked, forward) => {
    seen.add(String(asked.headers['x-amz-target']).replace(/^.*\./, ''));
    return forward();
  });
  return seen;
};

describe('shardline doctor', () => {
  it('finds all well before the first start, and makes nothing', async () => {
    const seen = operations(dynamoDb);
    const { code, of, lines } = await ask();
    expect(lines.filter((line) => line.startsWith('fail'))).toEqual([]);
    expect(code).toBe(0);
    // Every one, but that of collections.
    expect(CHECKS.filter((check) => of(check).length === 0)).toEqual(['opensearch-collection']);
    expect([...seen]).toEqual(['DescribeTable']);
    const answer = await fetch(`${world.opensearchUrl}/_index_template/${world.prefix}`);
    expect(answer.status).toBe(404);
    expect(of('stream-retention')).toMatchObject([{ state: 'warn' }]);
  });

  it('finds all well beside a worker, and writes nothing anywhere', async () => {
    await world.put(['{"event_id":"a","event_type":"play","timestamp":"2026-01-02T03:04:05Z"}']);
    const worker = world.worker({ SHARDLINE_INDEX: index, SHARDLINE_INDEX_WINDOW_PAST: 'unlimited' });
    await until(async () => (await worker.readiness()).status === 200, 60_000, 100);
    await until(async () => (await worker.metric('shardline_documents_indexed_total')) === 1, 60_000, 100);
    await worker.child.stop(30_000);
    const before = await world.count();
    const seen = operations(dynamoDb);
    const { code, of, lines } = await askHere();
    expect(lines.filter((line) => !line.startsWith('ok'))).toEqual([expect.stringContaining('stream-retention')]);
    expect(code).toBe(0);
    expect([...seen].sort()).toEqual(['DeleteItem', 'DescribeTable', 'GetItem', 'PutItem', 'Scan', 'UpdateItem']);
    expect(of('opensearch-index')).toMatchObject([
      { state: 'ok', message: `${index} is as this configuration makes it` },
    ]);
    expect(of('lease-rows')).toMatchObject([{ message: expect.stringMatching(/: 1, held by workers: 0$/) }]);
    expect(await world.count()).toBe(before);
  });

  it('shows how the template and the index of today differ, until it is told to apply it', async () => {
    const three = { SHARDLINE_OPENSEARCH_SHARDS: '3' };
    const { code, of } = await askHere(three);
    const diff = ['- index.number_of_shards: 1', '+ index.number_of_shards: 3'];
    expect(of('opensearch-template')).toMatchObject([{ state: 'warn', diff }]);
    expect(of('opensearch-index')).toMatchObject([{ state: 'warn', diff }]);
    expect(code).toBe(0);
    const applied = await doctor(world.folder, { ...environment, ...three }, '--apply');
    expect(applied.of('opensearch-template').map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(applied.of('opensearch-index')).toMatchObject([{ state: 'warn', diff }]);
  });

  it('names an index that is blocked, and a right of AWS that is missing', async () => {
    await call('PUT', `/${index}/_settings`, { 'index.blocks.write': true });
    refuse(dynamoDb, 'UpdateItem');
    refuse(kinesis, 'GetRecords');
    try {
      const { code, of, lines } = await askHere();
      expect(code).toBe(1);
      expect(lines.filter((line) => line.startsWith('fail'))).toHaveLength(4);
      expect(of('opensearch-rights')).toMatchObject([{ message: expect.stringContaining('cannot write documents') }]);
      expect(of('opensearch-blocks')).toMatchObject([
        { state: 'fail', message: expect.stringContaining(`${index} (write)`) },
      ]);
      expect(of('lease-table')).toMatchObject([
        { state: 'fail', fix: expect.stringContaining('allow dynamodb:UpdateItem') },
      ]);
      expect(of('stream-rights')).toMatchObject([
        { state: 'fail', fix: expect.stringContaining('allow kinesis:GetRecords') },
      ]);
    } finally {
      dynamoDb.meddle();
      kinesis.meddle();
      await call('PUT', `/${index}/_settings`, { 'index.blocks.write': null });
    }
  });

  it('names a stream that is not there', async () => {
    const { code, of } = await askHere({ SHARDLINE_STREAM: 'nobody-made-this' });
    expect(code).toBe(1);
    expect(of('stream')).toMatchObject([{ state: 'fail', message: expect.stringContaining('nobody-made-this') }]);
    expect(of('stream')[0]?.fix).toContain('create it');
    expect(of('stream-rights')).toMatchObject([{ state: 'fail' }]);
    expect(of('opensearch')).toMatchObject([{ state: 'ok' }]);
  });

  it('names an OpenSearch that is away, and asks all else', async () => {
    const { code, of, lines } = await ask({ SHARDLINE_OPENSEARCH_NODE: 'http://127.0.0.1:1' });
    expect(code).toBe(1);
    expect(of('opensearch')).toMatchObject([{ state: 'fail', message: expect.stringContaining('ECONNREFUSED') }]);
    expect(lines.filter((line) => line.startsWith('fail'))).toHaveLength(1);
    expect(of('lease-table')).toMatchObject([{ state: 'ok' }]);
  });

  it('gives up on what never answers, in time', async () => {
    const { code, of } = await hanging;
    expect(code).toBe(1);
    expect(of('stream')).toMatchObject([{ state: 'fail', message: 'no answer within 15 s' }]);
    expect(of('opensearch')).toMatchObject([{ state: 'ok' }]);
  });

  it('ends with 2 for a wrong configuration or a certificate that is not there, and shows no secret', async () => {
    expect(await ask({ SHARDLINE_OPENSEARCH_BULK_AGE: 'soon' })).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('SHARDLINE_CONFIG_INVALID'),
    });
    const secret = {
      SHARDLINE_OPENSEARCH_AUTH: 'basic',
      SHARDLINE_OPENSEARCH_USERNAME: 'me',
      SHARDLINE_OPENSEARCH_PASSWORD: 'hunter2',
    };
    const { code, out, err } = await ask(secret);
    expect(code).not.toBe(2);
    expect(out).toContain('as me with the password of opensearch.password');
    expect(out + err).not.toContain('hunter2');
    writeFileSync(join(world.folder, 'no.pem'), 'nothing');
    const tls = { SHARDLINE_OPENSEARCH_NODE: 'https://127.0.0.1:1', SHARDLINE_OPENSEARCH_CA_FILE: 'no.pem' };
    expect(await ask(tls)).toMatchObject({ code: 2, out: '', err: expect.stringContaining('opensearch.ca_file') });
  });
});
