import { afterAll, afterEach, expect, inject, it } from 'vitest';
import { openSearchChecks } from '../../src/app/doctor/opensearch.ts';
import { openSearchOptions } from '../../src/app/opensearch.ts';
import { loadConfig } from '../../src/config/load.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLog } from '../../src/core/log.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { openSearchClient } from '../../src/sink/opensearch/client.ts';

const env = {
  SHARDLINE_APPLICATION: 'app',
  SHARDLINE_STREAM: 'stream',
  SHARDLINE_INDEX: `cluster-${process.pid}-{yyyy.MM.dd}`,
  SHARDLINE_OPENSEARCH_NODE: inject('opensearchUrl'),
  SHARDLINE_OPENSEARCH_AUTH: 'none',
  SHARDLINE_DEAD_LETTER_TO: 'file:letters',
};
const { config } = loadConfig({ env, cwd: '/' });
const options = openSearchOptions({ config, clock: systemClock, log: silentLog });
const client = openSearchClient(options);
afterAll(() => client.close());

const ask = async (check: Finding['check']): Promise<readonly Finding[]> => {
  const transform = { name: 'none', apply: () => [] };
  const checks = openSearchChecks({ config, transform, client, tls: options.tls, clock: systemClock });
  const asked = checks.filter(({ name }) => name === check);
  return examine(asked, { clock: systemClock, withinMs: 60_000, stop: new AbortController().signal });
};

/** Settings of the whole cluster, null for their defaults. */
const set = async (settings: Readonly<Record<string, unknown>>): Promise<void> => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ persistent: settings });
  const answer = await fetch(`${inject('opensearchUrl')}/_cluster/settings`, { method: 'PUT', headers, body });
  if (!answer.ok) throw new Error(await answer.text());
};

const DISK = 'cluster.routing.allocation.disk';
const WATERMARKS = ['low', 'high', 'flood_stage'].map((name) => `${DISK}.watermark.${name}`);

afterEach(() =>
  set({
    ...Object.fromEntries([...WATERMARKS, `${DISK}.threshold_enabled`].map((name) => [name, null])),
    'cluster.max_shards_per_node': null,
    'cluster.blocks.create_index': null,
  }),
);

it('the doctor reads the watermarks that hold, in per cent and in bytes', async () => {
  const marks = (low: string, high: string, flood: string) => {
    const [first = '', second = '', third = ''] = WATERMARKS;
    return set({ [`${DISK}.threshold_enabled`]: true, [first]: low, [second]: high, [third]: flood });
  };
  // No disk is as full as that, nor as empty.
  await marks('99.7%', '99.8%', '99.9%');
  expect(await ask('opensearch-disk')).toMatchObject([{ state: 'ok', message: expect.stringContaining('99.7%') }]);
  await marks('900tb', '1kb', '1b');
  expect(await ask('opensearch-disk')).toMatchObject([{ state: 'warn', message: expect.stringContaining('low') }]);
});

it('the doctor counts the shards that are left', async () => {
  await set({ 'cluster.max_shards_per_node': 1 });
  expect(await ask('opensearch-shards')).toMatchObject([
    { state: 'fail', message: expect.stringMatching(/ of 1 shards .*next index cannot be made/) },
  ]);
});

it('the doctor names a block on the whole cluster', async () => {
  await set({ 'cluster.blocks.create_index': true });
  expect(await ask('opensearch-blocks')).toMatchObject([
    { state: 'fail', message: 'the cluster has cluster.blocks.create_index' },
  ]);
});
