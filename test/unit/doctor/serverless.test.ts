import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSearchChecks } from '../../../src/app/doctor/opensearch.ts';
import { openSearchOptions } from '../../../src/app/opensearch.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLog } from '../../../src/core/log.ts';
import { examine } from '../../../src/doctor/examine.ts';
import type { Finding } from '../../../src/doctor/finding.ts';
import { openSearchClient } from '../../../src/sink/opensearch/client.ts';
import { type Front, signedServer } from '../../support/signed-server.ts';

const key = () => ({ secret: 'secret' });
const aoss = { service: 'aoss', region: 'eu-west-1', now: () => new Date(), key };

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_REGION', 'eu-west-1');
});
afterEach(() => vi.unstubAllEnvs());

/** What the doctor says of a collection at this address. */
const ask = async (node: string, only?: Finding['check']): Promise<readonly Finding[]> => {
  const env = {
    SHARDLINE_APPLICATION: 'app',
    SHARDLINE_STREAM: 'stream',
    SHARDLINE_OPENSEARCH_NODE: node,
    SHARDLINE_OPENSEARCH_SERVICE: 'aoss',
    SHARDLINE_DEAD_LETTER_TO: 'file:letters',
  };
  const { config } = loadConfig({ env, cwd: '/' });
  const options = openSearchOptions({ config, clock: systemClock, log: silentLog });
  const client = openSearchClient(options);
  const transform = { name: 'none', apply: () => [] };
  const checks = openSearchChecks({ config, transform, client, tls: options.tls, clock: systemClock });
  const asked = checks.filter(({ name }) => only === undefined || name === only);
  const stop = new AbortController().signal;
  try {
    return await examine(asked, { clock: systemClock, withinMs: 10_000, stop });
  } finally {
    await client.close();
  }
};

const missing = { error: { type: 'index_not_found_exception', reason: 'no such index' }, status: 404 };

/** A new collection, which has no index, no template, and nothing of a cluster. */
const collection: Front = ({ target }) => {
  if (target.startsWith('/_mget')) return { status: 200, body: { docs: [{ error: missing.error }] } };
  if (target.startsWith('/_bulk')) return { status: 200, body: { items: [{ index: missing }] } };
  return { status: 404, body: missing };
};

describe('the doctor on a serverless collection', () => {
  it('asks for nothing that a collection lacks, and makes no index there', async () => {
    await using server = await signedServer({ expected: { ...aoss, collection: true }, front: collection });
    const findings = await ask(server.url);
    expect(findings.filter(({ state }) => state === 'fail')).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual([
      'opensearch',
      'opensearch-tls',
      'opensearch-collection',
      'opensearch-rights',
      'opensearch-template',
      'opensearch-index',
    ]);
    expect(server.requests.filter(({ fault }) => fault)).toEqual([]);
    const paths = server.requests.map(({ method, target }) => `${method} ${target.replace(/\?.*|[0-9]{4}.*/, '')}`);
    expect([...new Set(paths)].sort()).toEqual([
      'GET /_index_template/app',
      'GET /music-events-',
      'POST /_bulk',
      'POST /_index_template/_simulate_index/music-events-',
      'POST /_mget',
    ]);
    // An index that is not there would be made by a write that names it plainly.
    for (const { target } of server.requests.filter(({ target }) => target.startsWith('/_bulk')))
      expect(target).toContain('require_alias=true');
  });

  it.each([
    ['SEARCH', 'ok', /type SEARCH/],
    ['TIMESERIES', 'fail', /takes no document ids/],
    [undefined, 'warn', /not known: aoss:BatchGetCollection/],
  ] as const)('of type %s: %s', async (type, state, message) => {
    const body = type ? { collectionDetails: [{ id: 'abc', type }] } : { collectionDetails: [] };
    await using server = await signedServer({ expected: aoss, front: () => ({ status: 200, body }) });
    vi.stubEnv('AWS_ENDPOINT_URL_OPENSEARCHSERVERLESS', server.url);
    const [finding, ...others] = await ask('https://abc.eu-west-1.aoss.amazonaws.com', 'opensearch-collection');
    expect(finding).toMatchObject({ state, message: expect.stringMatching(message) });
    expect(others).toEqual([]);
  });
});
