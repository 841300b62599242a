import { afterAll, expect, inject, it } from 'vitest';
import { faultProxy } from '../support/fault-proxy.ts';
import { eventOf, type Left, show, writeTransform } from '../support/matrix.ts';
import { type Rig, rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const SICK_DAY = '2026-01-03';
const left: Left[] = [];
afterAll(() => show(left));

const ask = async (path: string, method: string, body: object) => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${inject('opensearchUrl')}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
};

/** Allowed on no node that there is, an index has no primary. */
const allowedOn = (node: string | null) => ({ 'index.routing.allocation.require._name': node });

const eventsOf = (prefix: string, count: number, day = '2026-01-02') =>
  Array.from({ length: count }, (_, i) => eventOf(`${prefix}${i}`, { day }));

const documentsIn = async (world: Rig, day: string) =>
  (await world.hits()).filter(({ index }) => index.endsWith(day.replaceAll('-', '.')));

it('a red index among healthy ones delays nobody, is given up in time, and taken up again when it is mended', async () => {
  await using proxy = await faultProxy(inject('opensearchUrl'));
  await using world = await rig({ shards: 1 });
  const red = `/${world.prefix}-${SICK_DAY.replaceAll('-', '.')}`;
  const settings = { number_of_shards: 1, number_of_replicas: 0, ...allowedOn('nobody') };
  await ask(`${red}?wait_for_active_shards=0`, 'PUT', { settings });
  const worker = world.worker({
    SHARDLINE_OPENSEARCH_NODE: proxy.url,
    SHARDLINE_OPENSEARCH_REQUEST_TIMEOUT: '6s',
    SHARDLINE_OPENSEARCH_RETRY_FOR: '10s',
    SHARDLINE_OPENSEARCH_BULK_IN_FLIGHT: '1',
    SHARDLINE_TRANSFORM: writeTransform(world.folder),
  });
  await world.put([...eventsOf('ill', 50, SICK_DAY), ...eventsOf('well', 50)]);
  const indexed = () => worker.metric('shardline_documents_indexed_total');
  await until(async () => (await indexed()) === 50, 30_000);

  // The only slot is free although a probe of the red index waits three seconds for each answer.
  let slowestMs = 0;
  let fed = 50;
  const feed = async () => {
    const beganAt = performance.now();
    await world.put(eventsOf(`more-${fed}-`, 1));
    fed += 1;
    await until(async () => (await indexed()) === fed, 20_000);
    slowestMs = Math.max(slowestMs, performance.now() - beganAt);
  };
  await feed();
  const status = await (await fetch(`${await worker.url()}/api/status`)).text();
  expect(status).toContain('primary shard is not active');
  expect((await worker.readiness()).status).toBe(200);
  await until(async () => {
    await feed();
    return (await worker.metric('shardline_dead_letters_total')) === 50;
  }, 60_000);
  expect(slowestMs).toBeLessThan(2_500);
  expect(new Set(world.letters().map(({ reason }) => reason))).toEqual(new Set(['index-unavailable']));

  await ask(`${red}/_settings`, 'PUT', allowedOn(null));
  await world.put(eventsOf('mended', 50, SICK_DAY));
  await until(async () => (await documentsIn(world, SICK_DAY)).length === 50, 30_000, 200);
  const hits = await world.hits();
  left.push({
    name: `a red index among healthy ones; slowest of the others ${Math.round(slowestMs)} ms`,
    documents: hits.length,
    duplicates: await worker.metric('shardline_documents_duplicate_total'),
    letters: { 'index-unavailable': 50 },
    rewritten: hits.filter(({ version }) => version !== 1).length,
  });
  expect(hits.length).toBe(fed + 50);
});
