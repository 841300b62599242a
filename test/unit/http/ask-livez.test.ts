import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { askLivez } from '../../../src/http/ask-livez.ts';
import { nearUrl } from '../../../src/http/near-url.ts';
import { freePort } from '../../../src/local/ports.ts';
import { manualClock } from '../../support/clock.ts';
import { until } from '../../support/until.ts';

let server: ReturnType<typeof createServer> | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A worker whose /livez answers with that status; undefined: it never does. */
const listening = async (status: number | undefined) => {
  const asked: string[] = [];
  server = createServer(({ url }, response) => {
    asked.push(url ?? '');
    if (status !== undefined) response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { asked, host: '0.0.0.0', port: (server.address() as AddressInfo).port };
};

it('says nothing against a worker whose /livez answers 200', async () => {
  const worker = await listening(200);
  expect(await askLivez(worker, systemClock)).toBeUndefined();
  expect(worker.asked).toEqual(['/livez']);
});

it('says what else it answers, and that nobody does', async () => {
  const worker = await listening(503);
  expect(await askLivez(worker, systemClock)).toBe(`http://127.0.0.1:${worker.port}/livez answers 503, expected 200`);
  const nobody = { host: '::', port: await freePort() };
  expect(await askLivez(nobody, systemClock)).toMatch(/^http:\/\/\[::1\]:\d+\/livez cannot be asked: .*ECONNREFUSED/);
});

it('waits 3 s for an answer', async () => {
  const worker = await listening(undefined);
  const clock = manualClock();
  const answer = askLivez(worker, clock);
  await until(() => worker.asked.length === 1);
  await clock.tick(3_000);
  expect(await answer).toBe(`http://127.0.0.1:${worker.port}/livez gives no answer within 3 s`);
});

it('reaches a worker at the address that it listens on', () => {
  expect(['0.0.0.0', '::', '10.1.2.3', 'fd00::1'].map((host) => nearUrl(host, 80))).toEqual([
    'http://127.0.0.1:80',
    'http://[::1]:80',
    'http://10.1.2.3:80',
    'http://[fd00::1]:80',
  ]);
});
