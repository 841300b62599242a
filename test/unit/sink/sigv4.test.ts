import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type AwsEndpoint, awsEndpoint } from '../../../src/core/aws-endpoint.ts';
import { silentLog } from '../../../src/core/log.ts';
import { askSdk, keepFresh } from '../../../src/sink/opensearch/aws-credentials.ts';
import { ask, openSearchClient, type Request } from '../../../src/sink/opensearch/client.ts';
import { sigV4SignIn } from '../../../src/sink/opensearch/sigv4-sign-in.ts';
import { type ManualClock, manualClock } from '../../support/clock.ts';
import { credentialServer } from '../../support/credential-server.ts';
import { signedServer } from '../../support/signed-server.ts';

const never = new AbortController().signal;
const HOUR_MS = 3_600_000;
const STATIC = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

const SHAPES: readonly (readonly [string, Request])[] = [
  ['nothing but a path', { method: 'GET', path: '/' }],
  ['a HEAD', { method: 'HEAD', path: '/music-events-2026.01.02' }],
  ['a path that is encoded', { method: 'GET', path: `/_index_template/${encodeURIComponent('a b/ü+*')}` }],
  [
    'a query with commas, stars, spaces and brackets',
    {
      method: 'POST',
      path: '/_bulk',
      querystring: { timeout: '15000ms', filter_path: 'items.*.error.type,-took', z: "a b+c'(d)!", empty: '' },
      bulkBody: Buffer.from(`{"create":{"_index":"i","_id":"ü"}}\n${JSON.stringify({ text: '…'.repeat(500) })}\n`),
    },
  ],
  ['a JSON body', { method: 'POST', path: '/_mget', body: { docs: [{ _index: 'i', _id: 'ö' }] } }],
  ['an empty bulk', { method: 'POST', path: '/_bulk', bulkBody: Buffer.alloc(0) }],
];

describe.each(['es', 'aoss'] as const)('requests signed for %s', (service) => {
  it.each(SHAPES.flatMap(([name, request]) => [[name, false, request] as const, [name, true, request] as const]))(
    'pass the verifier: %s, gzip %s',
    async (_, gzip, request) => {
      const clock = manualClock();
      const key = (id: string) => (id === STATIC.accessKeyId ? { secret: STATIC.secretAccessKey } : undefined);
      const collection = service === 'aoss';
      const expected = { service, collection, region: 'eu-central-1', now: clock.wall, key };
      await using server = await signedServer({ expected });
      const signIn = sigV4SignIn({
        service,
        region: async () => 'eu-central-1',
        credentials: keepFresh(async () => STATIC, clock, silentLog),
        clock,
      });
      for (const prefix of ['', '/behind/a/proxy']) {
        const client = openSearchClient({ node: server.url + prefix, signIn, gzip, requestTimeoutMs: 5_000 });
        const answer = await ask(client, request, never);
        await client.close();
        expect(server.requests.at(-1)?.fault).toBeUndefined();
        expect(answer).toMatchObject({ status: 200 });
      }
      const { body = Buffer.alloc(0), headers } = server.requests.at(-1) ?? {};
      const isZipped = gzip && (request.bulkBody?.length ?? 0) > 1_000;
      if (isZipped) expect(gunzipSync(body)).toEqual(request.bulkBody);
      expect(headers?.['content-encoding']).toBe(isZipped ? 'gzip' : undefined);
      expect(headers?.['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
    },
  );
});

describe('a request that is signed wrongly', () => {
  it('is refused by the verifier, and the reason reaches the answer', async () => {
    const clock = manualClock();
    const key = () => ({ secret: 'another' });
    await using server = await signedServer({ expected: { service: 'es', region: 'us-east-1', now: clock.wall, key } });
    const credentials = keepFresh(async () => STATIC, clock, silentLog);
    const signIn = sigV4SignIn({ service: 'es', region: async () => 'us-east-1', credentials, clock });
    const client = openSearchClient({ node: server.url, signIn, gzip: false, requestTimeoutMs: 5_000 });
    expect(await ask(client, { method: 'GET', path: '/' }, never)).toMatchObject({
      status: 403,
      body: { message: 'the signature does not match' },
    });
    await client.close();
  });
});

describe('credentials in a long run', () => {
  afterEach(() => vi.unstubAllEnvs());

  /** A client that signs with what the SDK's chain gets from a container's endpoint, on a clock that we drive. */
  const running = async (clock: ManualClock, lifeMs: number) => {
    const endpoint = await credentialServer(clock.wall, lifeMs);
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'])
      vi.stubEnv(name, '');
    for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, '/dev/null');
    vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', endpoint.url);
    const key = (id: string) => endpoint.issued.get(id);
    const server = await signedServer({ expected: { service: 'es', region: 'us-east-1', now: clock.wall, key } });
    const sdk = askSdk();
    // A renewal beside the requests may outlive the test, and would find the environment of the next.
    let last: Promise<unknown> = Promise.resolve();
    const tracked = () => {
      const answer = sdk();
      last = answer.catch(() => undefined);
      return answer;
    };
    const credentials = keepFresh(tracked, clock, silentLog);
    const signIn = sigV4SignIn({ service: 'es', region: async () => 'us-east-1', credentials, clock });
    const client = openSearchClient({ node: server.url, signIn, gzip: true, requestTimeoutMs: 5_000 });
    return {
      endpoint,
      server,
      credentials,
      signIn,
      get: () => ask(client, { method: 'GET', path: '/' }, never),
      async [Symbol.asyncDispose]() {
        await last;
        await client.close();
        await server[Symbol.asyncDispose]();
        await endpoint[Symbol.asyncDispose]();
      },
    };
  };

  it('are renewed before they expire: in two days of requests none is refused', async () => {
    const clock = manualClock();
    await using run = await running(clock, HOUR_MS);
    for (let minute = 0; minute < 2 * 24 * 60; minute += 2) {
      expect(await run.get()).toMatchObject({ status: 200 });
      await clock.tick(2 * 60_000);
    }
    expect(run.server.requests.filter(({ fault }) => fault)).toEqual([]);
    // A key lasts an hour, and is replaced in its last five minutes.
    expect(run.endpoint.issued.size).toBeGreaterThanOrEqual(48);
    expect(run.endpoint.issued.size).toBeLessThanOrEqual(55);
  });

  it('are asked for once, however many requests wait for them', async () => {
    const clock = manualClock();
    await using run = await running(clock, HOUR_MS);
    await Promise.all(Array.from({ length: 20 }, run.get));
    expect(run.endpoint.issued.size).toBe(1);
  });

  it('stay in use while they last and the endpoint is out of order; then that is told, and it mends by itself', async () => {
    const clock = manualClock();
    await using run = await running(clock, HOUR_MS);
    await run.get();
    run.endpoint.broken = true;
    await clock.tick(56 * 60_000);
    expect(await run.get()).toMatchObject({ status: 200 });
    await vi.waitFor(() => expect(run.credentials.trouble()).toContain('AWS credentials cannot be had'), 10_000);
    await clock.tick(5 * 60_000);
    expect(await run.get()).toMatchObject({ status: 403 });
    expect(run.signIn.who()).toContain('AWS credentials cannot be had');
    run.endpoint.broken = false;
    await clock.tick(10_000);
    expect(await run.get()).toMatchObject({ status: 200 });
    expect(run.signIn.who()).toBe('with Signature Version 4 for es');
  }, 60_000);

  it('are asked for anew when they are refused, but not more often than every ten seconds', async () => {
    const clock = manualClock();
    let asked = 0;
    const credentials = keepFresh(async () => ({ ...STATIC, accessKeyId: `key-${++asked}` }), clock, silentLog);
    expect(await credentials.current()).toMatchObject({ accessKeyId: 'key-1' });
    credentials.refused();
    expect(await credentials.current()).toMatchObject({ accessKeyId: 'key-1' });
    await clock.tick(10_000);
    expect(await credentials.current()).toMatchObject({ accessKeyId: 'key-2' });
    await clock.tick(HOUR_MS);
    expect(await credentials.current()).toMatchObject({ accessKeyId: 'key-2' });
  });

  it('are not waited for without end: a question that hangs is a reason too, and is asked again', async () => {
    const clock = manualClock();
    const answers = [Promise.withResolvers<typeof STATIC>().promise, Promise.resolve(STATIC)];
    const credentials = keepFresh(
      () => answers.shift() ?? Promise.reject(new Error('asked too often')),
      clock,
      silentLog,
    );
    const waiting = expect(credentials.current()).rejects.toThrow('no answer within 15 s');
    await clock.tick(15_000);
    await waiting;
    expect(await credentials.current()).toBe(STATIC);
    expect(clock.sleepers()).toBe(0);
  });

  it('that cannot be had at all are a reason, not a crash', async () => {
    const clock = manualClock();
    const credentials = keepFresh(() => Promise.reject(new Error('no provider')), clock, silentLog);
    await expect(credentials.current()).rejects.toThrow('AWS credentials cannot be had: no provider');
    const signIn = sigV4SignIn({ service: 'es', region: async () => 'us-east-1', credentials, clock });
    const client = openSearchClient({ node: 'http://127.0.0.1:9', signIn, gzip: false, requestTimeoutMs: 5_000 });
    expect(await ask(client, { method: 'GET', path: '/' }, never)).toEqual({
      broken: 'Error: AWS credentials cannot be had: no provider',
    });
  });
});

describe('the host name of an endpoint', () => {
  const es = (region: string): AwsEndpoint => ({ service: 'es', region });
  const aoss = (region: string): AwsEndpoint => ({ service: 'aoss', region });

  it.each([
    ['search-music-abc123.eu-west-1.es.amazonaws.com', es('eu-west-1')],
    ['vpc-music-abc123.us-gov-west-1.es.amazonaws.com', es('us-gov-west-1')],
    ['search-music-abc.cn-north-1.es.amazonaws.com.cn', es('cn-north-1')],
    ['search-music-abc.aos.ap-southeast-2.on.aws', es('ap-southeast-2')],
    ['07tjusf2h91cunochc.us-east-1.aoss.amazonaws.com', aoss('us-east-1')],
    ['07tjusf2h91cunochc.us-east-1.aoss-fips.amazonaws.com', aoss('us-east-1')],
    ['07tjusf2h91cunochc.aoss.eu-central-1.on.aws', aoss('eu-central-1')],
    ['opensearch.example.com', undefined],
    ['es.amazonaws.com.example.com', undefined],
    ['bucket.s3.eu-west-1.amazonaws.com', undefined],
    ['127.0.0.1', undefined],
  ])('%s tells %j', (host, told) => {
    expect(awsEndpoint(host)).toEqual(told);
  });
});
