import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { type HttpOptions, type HttpServer, startHttp } from '../../../src/http/server.ts';
import type { Status } from '../../../src/http/status.ts';

const STATUS: Status = {
  application: 'plays <b>',
  stream: 'plays',
  worker: 'w-1',
  version: '1.2.3',
  state: 'running',
  startedAt: '2026-01-02T03:04:05Z',
  totals: { 'records read': 1234567 },
  scaling: { desiredWorkers: 4, workers: 3, why: 's<1> is 90 s behind', decidedBy: 'w-0' },
  sink: {
    requestsInFlight: 2,
    slots: 3,
    mostSlots: 8,
    requestBytes: 1_048_576,
    requestDocuments: 1_500,
    learntLimitBytes: 2_097_152,
    lastChange: '4 at once brought no more than 3',
    sickIndices: [{ why: 'index plays-<x>: 503', since: '2026-01-02T03:04:05Z' }],
  },
  shards: [
    {
      shard: 'shardId-000000000000',
      owner: '"><script>alert(1)</script>',
      state: 'owned',
      lagSeconds: 0.25,
      checkpoint: '4959',
      checkpointAgeSeconds: 3,
      lastError: "<img src=x onerror='x'>",
      waitsFor: 'records',
    },
    { shard: 'shardId-000000000001', state: 'waiting' },
  ],
};

let server: HttpServer | undefined;
afterEach(() => server?.close());

const start = async (options: Partial<HttpOptions> = {}): Promise<HttpServer> => {
  server = await startHttp({
    host: '127.0.0.1',
    port: 0,
    links: {},
    probes: [{ name: 'opensearch', check: async () => undefined }],
    metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'up 1\n' },
    status: () => STATUS,
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  return server;
};

describe('the HTTP side', () => {
  it('lives, is ready until it stops, and tells the reasons', async () => {
    const { url, markStopping } = await start();
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { ready: true, probes: [{ name: 'opensearch', ok: true }] },
    ]);
    markStopping();
    const stopping = await fetch(`${url}/readyz`);
    expect(stopping.status).toBe(503);
    expect(await stopping.json()).toMatchObject({ ready: false, probes: [{ reason: 'the worker is stopping' }] });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('is not ready while a probe objects', async () => {
    const { url } = await start({ probes: [{ name: 'opensearch', check: async () => 'connection refused' }] });
    const answer = await fetch(`${url}/readyz`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({
      probes: [{ name: 'opensearch', ok: false, reason: 'connection refused' }],
    });
  });

  it('serves metrics and the status as JSON', async () => {
    const { url } = await start();
    const metrics = await fetch(`${url}/metrics`);
    expect(metrics.headers.get('content-type')).toContain('version=0.0.4');
    expect(await metrics.text()).toBe('up 1\n');
    expect(await (await fetch(`${url}/api/status`)).json()).toMatchObject({ ...STATUS, readiness: { ready: true } });
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
  });

  it('shows a page that escapes everything and may load nothing', async () => {
    const { url } = await start({ probes: [{ name: 'sink', check: async () => '<i>down</i>' }] });
    const answer = await fetch(url);
    const page = await answer.text();
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(page).not.toMatch(/<b>|<img|<i>|alert\(1\)<\/script>/);
    expect(page).toContain('&lt;i&gt;down&lt;/i&gt;');
    expect(page).toContain('Not ready');
    expect(page).toContain('1,234,567');
    expect(page).toContain('should have <strong>4</strong> (there are 3): s&lt;1&gt; is 90 s behind.');
    expect(page).not.toMatch(/<[^>]+(?:src|href)=/);
    expect(policy).toContain("default-src 'none'");
    for (const tag of ['script', 'style']) {
      const inside = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page)?.[1] ?? '';
      expect(policy).toContain(`${tag}-src 'sha256-${createHash('sha256').update(inside).digest('base64')}'`);
    }
  });

  it('links to where the configuration says', async () => {
    const { url } = await start({ links: { Trending: 'https://x.example/?a=1&b="2"', '<Rooms>': 'http://y.example' } });
    const page = await (await fetch(url)).text();
    expect(page).toContain('<a href="https://x.example/?a=1&amp;b=&quot;2&quot;">Trending</a>');
    expect(page).toContain('<a href="http://y.example">&lt;Rooms&gt;</a>');
  });

  it('answers 500 and logs when the status cannot be told, and lives on', async () => {
    const errors: object[] = [];
    const status = () => {
      throw new Error('secret detail');
    };
    const { url } = await start({ status, log: { ...silentLog, error: (fields) => errors.push(fields) } });
    const answer = await fetch(`${url}/api/status`);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('secret detail');
    expect(errors).toEqual([{ path: '/api/status', error: 'secret detail' }]);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('says in a line of its own that the port is taken', async () => {
    const { port } = await start();
    const options = { links: {}, probes: [], metrics: { contentType: '', text: async () => '' }, status: () => STATUS };
    const second = startHttp({ ...options, host: '127.0.0.1', port, clock: systemClock, log: silentLog });
    await expect(second).rejects.toMatchObject({
      code: 'SHARDLINE_HTTP_UNAVAILABLE',
      message: expect.stringContaining(`http.port ${port}`),
    });
  });
});
