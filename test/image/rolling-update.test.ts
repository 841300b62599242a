import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, inject, it } from 'vitest';
import { gaps } from '../../bench/gaps.ts';
import { type Hearing, hearing } from '../../bench/hearing.ts';
import { event } from '../support/event.ts';
import { answer, faultProxy } from '../support/fault-proxy.ts';
import { type ImageFleet, type ImageWorker, imageFleet, untilReady } from '../support/image/worker.ts';
import { type Rig, rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const SHARDS = 4;
const EVERY_MS = 50;
const EVENTS = 10;
const ALLOWED_SECONDS = 2;
/** A gap says something of an update only where there is none without it. */
const STEADY_MS = 3_000;
const STEADY_SECONDS = 0.7;
/** Gaps are times of this machine, which may have much else to do: what is promised must be seen in one of so many. */
const TRIES = 3;
/** As a user has it who says nothing. */
const DEFAULTS = { SHARDLINE_LEASES_FAILOVER: '10s', SHARDLINE_CHECKPOINT_INTERVAL: '5s' };

interface Status {
  readonly worker: string;
  readonly version: string;
  readonly shards: readonly { readonly shard: string; readonly owner?: string; readonly state: string }[];
}

const statusOf = async (worker: ImageWorker): Promise<Status> =>
  (await fetch(`${await worker.url()}/api/status`)).json() as Promise<Status>;

const held = async (worker: ImageWorker): Promise<number> => {
  const { worker: me, shards } = await statusOf(worker);
  return shards.filter(({ owner, state }) => owner === me && state === 'owned').length;
};

const untilShared = (workers: readonly ImageWorker[]): Promise<unknown> =>
  until(
    async () => (await Promise.all(workers.map(held))).every((count) => count === SHARDS / workers.length),
    60_000,
    200,
  );

/** The same image, built from the next version. */
const imageOf = (version: string): string => {
  const { folder, content } = inject('image');
  const other = mkdtempSync(join(folder, 'version-'));
  cpSync(content, other, { recursive: true });
  const manifest = join(other, 'app', 'package.json');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"version": "[^"]*"/, `"version": "${version}"`));
  return other;
};

/** Events at an even rate, until told to end; then says how many. */
const flow = (world: Rig) => {
  const over = new AbortController();
  let put = 0;
  const flowing = (async () => {
    while (!over.signal.aborted) {
      await world.put(Array.from({ length: EVENTS }, (_, i) => event(`e${put + i}`)));
      put += EVENTS;
      await delay(EVERY_MS);
    }
  })();
  return {
    end: async (): Promise<number> => {
      over.abort();
      await flowing;
      return put;
    },
  };
};

/** Waits until every shard has been heard of all the time for a while: a cold OpenSearch is slow at first. */
const untilSteady = ({ shards }: Hearing): Promise<unknown> =>
  until(
    () => {
      const silent = gaps(shards, Object.keys(shards), Date.now() - STEADY_MS, Date.now());
      return silent.length === SHARDS && Math.max(...silent) < STEADY_SECONDS;
    },
    60_000,
    200,
  );

/**
 * Replaces every worker as ECS does with a minimum of 100 % and Kubernetes with `maxSurge: 1, maxUnavailable: 0`: one more is
 * started, and when it says that it is ready an old one is told to end.
 */
const roll = async (fleet: ImageFleet, old: readonly ImageWorker[], content: string) => {
  const fresh: ImageWorker[] = [];
  for (const leaving of old) {
    const joining = await fleet.start({}, content);
    await untilReady(joining);
    fresh.push(joining);
    leaving.child.signal('SIGTERM');
    expect(await leaving.child.ended, leaving.log().slice(-2_000)).toBe('exit code 0');
  }
  return fresh;
};

it('replaces a fleet by another version, one more at a time: no shard is silent for 2 s, no event lost or doubled', {
  timeout: 300_000,
}, async () => {
  await using world = await rig({ shards: SHARDS });
  await using proxy = await faultProxy(world.opensearchUrl);
  const heard = hearing();
  proxy.fault = async ({ body, response, forward }) => {
    const { status, text } = await forward();
    answer(response, status, text);
    if (status === 200) heard.note(body, Date.now());
  };
  await using fleet = imageFleet({ ...world.environment, ...DEFAULTS, SHARDLINE_OPENSEARCH_NODE: proxy.url });
  const load = flow(world);
  let workers: readonly ImageWorker[] = await Promise.all([fleet.start(), fleet.start()]);
  await untilShared(workers);
  const longest: number[] = [];
  while (longest.length < TRIES && Math.min(...longest) >= ALLOWED_SECONDS) {
    await untilSteady(heard);
    const version = `99.${longest.length}.0`;
    const sinceMs = Date.now();
    workers = await roll(fleet, workers, imageOf(version));
    await untilShared(workers);
    await delay(1_000);
    longest.push(Math.max(...gaps(heard.shards, Object.keys(heard.shards), sinceMs, Date.now())));
    for (const worker of workers) expect((await statusOf(worker)).version).toBe(version);
  }
  const put = await load.end();
  await until(async () => (await world.count()) === put, 60_000, 200);
  for (const { child } of workers) child.signal('SIGTERM');
  expect(await Promise.all(workers.map(({ child }) => child.ended))).toEqual(workers.map(() => 'exit code 0'));
  const hits = await world.hits();
  expect(new Set(hits.map(({ id }) => id)).size).toBe(put);
  expect(hits.filter(({ version }) => version !== 1)).toEqual([]);
  expect(Object.keys(heard.shards)).toHaveLength(SHARDS);
  expect(Math.min(...longest), `longest silence of a shard in each update: ${longest.join(', ')} s`).toBeLessThan(
    ALLOWED_SECONDS,
  );
  process.stderr.write(`longest silence of a shard in a rolling update: ${longest.join(', ')} s\n`);
});
