import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../src/core/log.ts';
import { keepFresh } from '../../../src/sink/opensearch/aws-credentials.ts';
import { openSearchTarget } from '../../../src/sink/opensearch/bulk-target.ts';
import { openSearchClient } from '../../../src/sink/opensearch/client.ts';
import { createIndex } from '../../../src/sink/opensearch/create-index.ts';
import { openSearchProbe } from '../../../src/sink/opensearch/probe.ts';
import { sigV4SignIn } from '../../../src/sink/opensearch/sigv4-sign-in.ts';
import { installTemplate } from '../../../src/sink/opensearch/template.ts';
import { apiSpec } from '../../support/api-spec.ts';
import { manualClock } from '../../support/clock.ts';
import { delivery } from '../../support/deliveries.ts';
import { type SignedRequest, signedServer } from '../../support/signed-server.ts';

const never = new AbortController().signal;
const spec = apiSpec();

/** Every request that the sink can make, as it went over the wire. */
const everyRequest = async (service: 'es' | 'aoss'): Promise<readonly SignedRequest[]> => {
  const clock = manualClock();
  const region = 'eu-west-1';
  const key = () => ({ secret: 'secret' });
  await using server = await signedServer({
    expected: { service, region, collection: service === 'aoss', now: clock.wall, key },
    // No template yet; whatever else is asked for, nothing comes of it.
    front: ({ method }) => (method === 'GET' ? { status: 404, body: {} } : undefined),
  });
  const ask = async () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' });
  const credentials = keepFresh(ask, clock, silentLog);
  const signIn = sigV4SignIn({ service, region: async () => region, credentials, clock });
  const client = openSearchClient({ node: server.url, signIn, gzip: false, requestTimeoutMs: 5_000 });
  const target = openSearchTarget({ client, bulkTimeoutMs: 5_000 });
  const one = [delivery('a', { index: 'e-2026.01.02', body: '{"a":1}' })];
  await target.write(one, never);
  await target.digests(one, never).catch(() => undefined);
  const shards = service === 'aoss' ? undefined : { primaries: 1, replicas: 1 };
  await installTemplate(
    client,
    { name: 'e', indexPatterns: ['e-*'], version: 1, mappings: {}, composedOf: ['c'], shards },
    never,
  );
  await createIndex(client, 'e-2026.01.03', never);
  await openSearchProbe({ client, node: 'x', index: service === 'aoss' ? () => 'e-2026.01.02' : undefined }).check(
    never,
  );
  await client.close();
  return server.requests;
};

describe.runIf(spec)('every request that the sink makes, by the API specification of OpenSearch', () => {
  it.each([
    [
      'es',
      'amazon-managed',
      ['bulk', 'indices.create', 'indices.get_index_template', 'indices.put_index_template', 'info', 'mget'],
    ],
    [
      'aoss',
      'amazon-serverless',
      ['bulk', 'indices.create', 'indices.get_index_template', 'indices.put_index_template', 'mget'],
    ],
  ] as const)(
    'is one that %s has (%s), with parameters and members that it knows',
    async (service, distribution, groups) => {
      const requests = await everyRequest(service);
      const wrong: string[] = [];
      const found = new Set<string>();
      for (const { method, target, body, fault } of requests) {
        const { pathname, searchParams } = new URL(target, 'http://x');
        const operation = spec?.(method, pathname);
        if (fault) wrong.push(`${method} ${pathname}: ${fault}`);
        if (!operation) {
          wrong.push(`${method} ${pathname}: not specified`);
          continue;
        }
        found.add(operation.group);
        if (operation.excluded.includes(distribution)) wrong.push(`${operation.group}: not in ${distribution}`);
        for (const name of searchParams.keys())
          if (!operation.query.includes(name)) wrong.push(`${operation.group}: no parameter ${name}`);
        if (!operation.body || body.length === 0 || operation.group === 'bulk') continue;
        for (const name of Object.keys(JSON.parse(body.toString())))
          if (!operation.body.includes(name)) wrong.push(`${operation.group}: no member ${name}`);
      }
      expect(wrong).toEqual([]);
      expect([...found].sort()).toEqual(groups);
    },
  );

  it('would not pass if it asked a collection for what it lacks', () => {
    expect(spec?.('GET', '/')?.excluded).toContain('amazon-serverless');
    expect(spec?.('POST', '/_forcemerge')?.excluded).toContain('amazon-serverless');
    expect(spec?.('PUT', '/_index_template/e')?.body).toContain('index_patterns');
    expect(spec?.('POST', '/_bulk')?.query).not.toContain('wait');
  });
});
