import { expect, inject, test } from 'vitest';
import { ownOpenSearch } from '../../support/own-opensearch.ts';

const count = async (url: string): Promise<string> => (await fetch(`${url}/kept/_count?filter_path=count`)).text();

test('the shared parts of the run answer on the loopback address', async () => {
  const opensearch = await fetch(inject('opensearchUrl'));
  expect(await opensearch.json()).toMatchObject({ version: { distribution: 'opensearch', number: '3.8.0' } });
  const dynamodb = await fetch(inject('dynamodbUrl'), { method: 'POST' });
  expect(await dynamodb.text()).toContain('dynamodb');
  expect(inject('opensearchUrl')).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test('an OpenSearch of its own comes back on the same port with its data, stopped or killed', async () => {
  await using own = await ownOpenSearch({ 'http.max_content_length': '1mb' });
  const put = await fetch(`${own.url}/kept/_doc/1?refresh=true`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  });
  expect(put.status).toBe(201);
  await own.kill();
  await expect(fetch(own.url)).rejects.toThrow();
  await own.start();
  await expect.poll(() => count(own.url), { timeout: 20_000 }).toBe('{"count":1}');
  await own.stop();
  await expect(fetch(own.url)).rejects.toThrow();
  await own.start();
  await expect.poll(() => count(own.url), { timeout: 20_000 }).toBe('{"count":1}');
  const settings = await (await fetch(`${own.url}/_nodes/settings?flat_settings=true`)).text();
  expect(settings).toContain('"http.max_content_length":"1mb"');
});
