import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { letterChecks } from '../../src/app/doctor/letters.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { bucketPlace, firehosePlace, queuePlace } from '../support/letter-places.ts';
import { type Meddle, meddler } from '../support/meddler.ts';

/** Where Linux mounts a tmpfs for shared memory. */
const MEMORY = '/dev/shm';
const IN_MEMORY = existsSync(MEMORY) && statfsSync(MEMORY).type === 0x01021994;

const cwd = mkdtempSync(join(tmpdir(), 'shardline-doctor-'));
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

beforeEach(() => {
  vi.stubEnv('AWS_REGION', 'us-east-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => vi.unstubAllEnvs());

/** What the doctor says of the target that this environment names. */
const ask = async (environment: Readonly<Record<string, string>>): Promise<readonly Finding[]> => {
  for (const [name, value] of Object.entries(environment)) if (name.startsWith('AWS_')) vi.stubEnv(name, value);
  const env = {
    SHARDLINE_APPLICATION: 'app',
    SHARDLINE_STREAM: 'stream',
    SHARDLINE_OPENSEARCH_NODE: 'http://127.0.0.1:1',
    SHARDLINE_OPENSEARCH_AUTH: 'none',
    ...environment,
  };
  const { config } = loadConfig({ env, cwd });
  const [check] = letterChecks({ config, cwd, clock: systemClock });
  return (await check?.ask(new AbortController().signal)) ?? [];
};

/** S3 looks at the MD5 that an object is said to have; moto does not. */
const strictS3: Meddle = async (asked, forward) => {
  const said = asked.headers['content-md5'];
  if (said === undefined || said === createHash('md5').update(asked.body).digest('base64')) return forward();
  const body = '<Error><Code>BadDigest</Code><Message>The Content-MD5 you specified did not match.</Message></Error>';
  return { status: 400, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
};

const denied: Meddle = async () => {
  const body = '<Error><Code>AccessDenied</Code><Message>not authorized to perform: s3:PutObject</Message></Error>';
  return { status: 403, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
};

describe('the doctor on a bucket', () => {
  it('tells whether objects can be put, and puts none', async () => {
    await using place = await bucketPlace();
    await using proxy = await meddler(inject('motoUrl'));
    const environment = { ...place.environment, AWS_ENDPOINT_URL_S3: proxy.url };
    proxy.meddle(strictS3);
    expect(await ask(environment)).toMatchObject([{ state: 'ok', message: expect.stringContaining(place.bucket) }]);
    expect(await place.keys()).toEqual([]);
    proxy.meddle(denied);
    expect(await ask(environment)).toMatchObject([
      { state: 'fail', fix: expect.stringContaining('allow s3:PutObject') },
    ]);
    expect(await ask({ ...environment, SHARDLINE_DEAD_LETTER_TO: 's3://no-such-bucket-anywhere' })).toMatchObject([
      { state: 'fail' },
    ]);
  });
});

describe('the doctor on a queue', () => {
  it('minds how long it keeps letters, and looks at the place of the large ones too', async () => {
    await using place = await queuePlace(262_144);
    // A new queue forgets after four days.
    const [queue, bodies, ...others] = await ask(place.environment);
    expect(queue).toMatchObject({ state: 'warn', message: expect.stringContaining('after 4 days') });
    expect(queue?.fix).toContain('MessageRetentionPeriod=1209600');
    expect(bodies).toMatchObject({ state: 'ok', message: expect.stringContaining(`${place.bodies.bucket}/bodies`) });
    expect(others).toEqual([]);
    const nowhere = { ...place.environment, SHARDLINE_DEAD_LETTER_TO: place.queueUrl.replace(/[^/]+$/, 'nobody') };
    expect((await ask(nowhere))[0]).toMatchObject({ state: 'fail', fix: expect.stringContaining('create it') });
  });
});

describe('the doctor on a Firehose stream', () => {
  it('tells whether it delivers to where letters are read from', async () => {
    await using place = await firehosePlace();
    expect(await ask(place.environment)).toMatchObject([
      { state: 'ok', message: expect.stringContaining('delivers to dead_letter.read_from') },
      { state: 'ok' },
    ]);
    const elsewhere = { ...place.environment, SHARDLINE_DEAD_LETTER_READ_FROM: 's3://elsewhere' };
    expect((await ask(elsewhere))[0]).toMatchObject({ state: 'fail', message: expect.stringContaining('elsewhere') });
    const nobody = { ...place.environment, SHARDLINE_DEAD_LETTER_TO: 'firehose://nobody' };
    expect((await ask(nobody))[0]).toMatchObject({ state: 'fail' });
  });
});

describe('the doctor on a folder', () => {
  it('makes none, and names what cannot be one', async () => {
    expect(await ask({ SHARDLINE_DEAD_LETTER_TO: 'file:a/b/c' })).toMatchObject([
      { message: expect.stringContaining('can be made') },
    ]);
    mkdirSync(join(cwd, 'there'));
    writeFileSync(join(cwd, 'text'), '');
    expect(await ask({ SHARDLINE_DEAD_LETTER_TO: 'file:there' })).toMatchObject([
      { state: expect.stringMatching(/ok|warn/) },
    ]);
    for (const target of ['file:text', 'file:text/below'])
      expect(await ask({ SHARDLINE_DEAD_LETTER_TO: target })).toMatchObject([{ state: 'fail' }]);
  });

  it.runIf(IN_MEMORY)('warns of one that lies in memory', async () => {
    expect(await ask({ SHARDLINE_DEAD_LETTER_TO: `file:${MEMORY}` })).toMatchObject([
      { state: 'warn', message: expect.stringContaining('in memory') },
    ]);
  });
});
