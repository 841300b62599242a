import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, errorOf, type OpenSearchClient, openSearchClient } from '../../../src/sink/opensearch/client.ts';
import { fixed } from '../../../src/sink/opensearch/reread.ts';
import { basicSignIn } from '../../../src/sink/opensearch/sign-in.ts';
import { until } from '../../support/until.ts';

let server: Server;
let asked: number;
let client: OpenSearchClient;

beforeEach(async () => {
  asked = 0;
  // It takes every request and never answers.
  server = createServer(() => {
    asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const node = `http://127.0.0.1:${address.port}`;
  client = openSearchClient({ node, gzip: false, requestTimeoutMs: 20_000 });
});

afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  server.close();
});

describe('a request that is broken off', () => {
  it('is an answer like any other, and nothing else happens to the process', async () => {
    const uncaught: unknown[] = [];
    const watch = (thrown: unknown) => void uncaught.push(thrown);
    process.on('uncaughtExceptionMonitor', watch);
    const breaking = new AbortController();
    const answer = ask(client, { method: 'GET', path: '/' }, breaking.signal);
    await until(() => asked === 1);
    breaking.abort();
    expect(await answer).toEqual({ broken: expect.stringContaining('RequestAbortedError') });
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    process.off('uncaughtExceptionMonitor', watch);
    expect(uncaught).toEqual([]);
  });

  it('is not even sent when it was broken off before', async () => {
    expect(await ask(client, { method: 'GET', path: '/' }, AbortSignal.abort())).toHaveProperty('broken');
    expect(asked).toBe(0);
  });
});

describe('a request that is answered', () => {
  const never = new AbortController().signal;

  /** What a server of its own received, and what `ask` made of its answer. */
  const exchange = async (reply: RequestListener, gzip: boolean, lines = 1) => {
    const received: { headers: IncomingMessage['headers']; url: string | undefined; body: Buffer }[] = [];
    const answering = createServer(async (request, response) => {
      received.push({ headers: request.headers, url: request.url, body: await buffer(request) });
      reply(request, response);
    });
    await new Promise<void>((resolve) => answering.listen(0, '127.0.0.1', resolve));
    const address = answering.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const signIn = basicSignIn('me', fixed('hunter2'), 'opensearch.password');
    const asking = openSearchClient({
      node: `http://127.0.0.1:${address.port}/prefix`,
      signIn,
      gzip,
      requestTimeoutMs: 5_000,
    });
    const seen: string[] = [];
    const { transport } = await asking.connection.carrier();
    transport.emit = (...told) => seen.push(inspect(told, { depth: 20, showHidden: true })) > 0;
    const bulkBody = Buffer.from('{"create":{}}\n{}\n'.repeat(lines));
    const answer = await ask(
      asking,
      { method: 'POST', path: '/_bulk', querystring: { filter_path: 'a,b' }, bulkBody },
      never,
    );
    await asking.close();
    answering.close();
    return { answer, received: received[0], seen: seen.join('\n'), bulkBody };
  };

  it('carries user and password, which nothing else ever shows', async () => {
    const { answer, received, seen } = await exchange(
      (_, response) => response.writeHead(401).end('Unauthorized'),
      false,
    );
    const token = Buffer.from('me:hunter2').toString('base64');
    expect(received?.headers.authorization).toBe(`Basic ${token}`);
    expect(answer).toMatchObject({ status: 401, body: 'Unauthorized' });
    expect(seen).toContain('/_bulk');
    expect(seen).not.toContain(token);
  });

  it('has its body sent as it is, or compressed and marked so', async () => {
    const ok: RequestListener = (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    const plain = await exchange(ok, false);
    expect(plain.received?.url).toBe('/prefix/_bulk?filter_path=a%2Cb');
    expect(plain.received?.headers).toMatchObject({ 'content-type': 'application/x-ndjson' });
    expect(plain.received?.headers).not.toHaveProperty('content-encoding');
    expect(plain.received?.body).toEqual(plain.bulkBody);
    const small = await exchange(ok, true);
    expect(small.received?.headers).not.toHaveProperty('content-encoding');
    expect(small.received?.body).toEqual(small.bulkBody);
    const zipped = await exchange(ok, true, 200);
    expect(zipped.received?.headers).toMatchObject({ 'content-encoding': 'gzip' });
    expect(gunzipSync(zipped.received?.body ?? '')).toEqual(zipped.bulkBody);
    expect(zipped.answer).toMatchObject({ status: 200, body: {} });
  });

  it.each([
    ['7', 7_000],
    ['Sat, 21 Nov 2026 10:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 09:00:00 GMT', undefined],
    ['soon', undefined],
    ['', undefined],
  ])('tells the pause that it asks for, whatever our clock says: "%s"', async (wish, retryAfterMs) => {
    const { answer } = await exchange((_, response) => {
      response.writeHead(429, { 'retry-after': wish, date: 'Sat, 21 Nov 2026 10:00:00 GMT' }).end('{}');
    }, false);
    expect(answer).toEqual({ status: 429, body: expect.anything(), retryAfterMs });
  });
});

describe("a refusal of AWS's front", () => {
  it('is told in its words, without the request and the session token that it repeats', () => {
    const message = 'User: arn:aws:sts::1:assumed-role/r is not authorized to perform: es:ESHttpPost';
    expect(errorOf({ message })).toEqual({ reason: message });
    expect(errorOf({ Message: message })).toEqual({ reason: message });
    const repeated =
      "The request signature we calculated does not match the signature you provided.\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:FwoG'";
    expect(errorOf({ message: repeated })).toEqual({
      reason: 'The request signature we calculated does not match the signature you provided.',
    });
  });
});
