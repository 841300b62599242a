import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { event } from '../support/event.ts';
import { dockerStages, execForm, holds } from '../support/image/dockerfile.ts';
import { type ImageWorker, imageFleet, untilReady } from '../support/image/worker.ts';
import { type Rig, rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

/** The service's own default. */
const GRACE_MS = 25_000;
const SLOWLY = { SHARDLINE_OPENSEARCH_BULK_DOCUMENTS: '20', SHARDLINE_OPENSEARCH_BULK_IN_FLIGHT: '1' };
const TRANSFORM = `
import { defineTransform, type Document, type Message } from 'shardline';

interface Play { readonly event_id: string; readonly artist: string }

export default defineTransform({
  name: 'loud',
  apply(message: Message): readonly Document[] {
    const { event_id, artist } = message.value as Play;
    return [{ id: event_id, timestamp: new Date('2026-01-02T03:04:05Z'), body: { artist: artist.toUpperCase() } }];
  },
});
`;

const configuration = mkdtempSync(join(tmpdir(), 'shardline-etc-'));
// The image's user is neither its owner nor in its group.
chmodSync(configuration, 0o755);
writeFileSync(join(configuration, 'transform.ts'), TRANSFORM);
writeFileSync(join(configuration, 'shardline.yaml'), 'transform: /etc/shardline/transform.ts\n');
afterAll(() => rmSync(configuration, { recursive: true }));

const lettersIn = (volume: string): readonly { readonly letter_id: string; readonly reason: string }[] => {
  const folder = join(volume, 'dead-letters');
  const lines = readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8').split('\n').slice(0, -1),
  );
  return lines.map((line) => JSON.parse(line));
};

/** At once; a slow worker needs seconds for them. */
const BACKLOG = 2_000;
const EVERY_MS = 50;
const EVENTS = 10;

/** Events and, with each lot of them, one record that is none: some at once, then a few all the time, until told to end. */
const feed = (world: Rig) => {
  const over = new AbortController();
  const put = { events: 0, broken: 0 };
  const lot = async (count: number) => {
    const events = Array.from({ length: count }, (_, i) => event(`e${put.events + i}`));
    await world.put([...events, 'no event']);
    put.events += count;
    put.broken += 1;
  };
  const flowing = (async () => {
    for (await lot(BACKLOG); !over.signal.aborted; await delay(EVERY_MS)) await lot(EVENTS);
  })();
  return {
    put,
    end: () => {
      over.abort();
      return flowing;
    },
  };
};

/** Tells it to stop, and how long that took. */
const stopped = async ({ child, log }: ImageWorker): Promise<number> => {
  const begunMs = performance.now();
  child.signal('SIGTERM');
  expect(await child.ended, log().slice(-2_000)).toBe('exit code 0');
  expect(log()).not.toContain('the shutdown time is used up');
  return performance.now() - begunMs;
};

const procOf = (worker: ImageWorker, name: string): string => readFileSync(`/proc/${worker.pid()}/${name}`, 'utf8');

describe("the image's content on a read-only root, run by nobody", () => {
  it('carries events through a mounted transform, stopped by SIGTERM under load and begun again: none lost, none twice', {
    timeout: 180_000,
  }, async () => {
    await using world = await rig({ shards: 4 });
    await using fleet = imageFleet(world.environment, configuration);
    const load = feed(world);
    const first = await fleet.start(SLOWLY);
    await untilReady(first);
    await until(async () => (await world.count()) > 200, 30_000, 250);
    const behind = load.put.events - (await world.count());
    expect(await stopped(first)).toBeLessThan(GRACE_MS);
    expect(behind).toBeGreaterThan(0);
    const second = await fleet.start();
    await until(async () => (await second.metric('shardline_documents_indexed_total')) > 0, 30_000);
    await load.end();
    await until(async () => (await world.count()) === load.put.events, 60_000, 250);
    await until(() => new Set(lettersIn(fleet.volume).map(({ letter_id }) => letter_id)).size === load.put.broken);
    await stopped(second);
    const hits = await world.hits();
    expect(new Set(hits.map(({ id }) => id)).size).toBe(load.put.events);
    expect(hits.filter(({ version }) => version !== 1)).toEqual([]);
    expect(hits.find(({ id }) => id === 'e7')?.source.artist).toBe('ARTIST OF E7');
    expect(new Set(lettersIn(fleet.volume).map(({ reason }) => reason))).toEqual(new Set(['decode-json']));
  });

  it('does so with the built-in transform, without any right, and tells its health from inside', async () => {
    await using world = await rig();
    await using fleet = imageFleet(world.environment);
    const events = Array.from({ length: 1_000 }, (_, i) => event(`e${i}`));
    await world.put(events);
    const worker = await fleet.start();
    await until(async () => (await world.count()) === events.length, 30_000, 250);
    const status = procOf(worker, 'status');
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(status).toMatch(/^NSpid:\t\d+\t1$/m);
    for (const rights of ['CapPrm', 'CapEff', 'CapInh', 'CapAmb'])
      expect(status).toMatch(`${rights}:\t0000000000000000`);
    const writable = procOf(worker, 'mountinfo')
      .split('\n')
      .filter((line) => /^\S+ \S+ \S+ \S+ \S+ rw,/.test(line))
      .map((line) => line.split(' ')[4]);
    expect(writable).toEqual([
      '/proc',
      ...['null', 'zero', 'random', 'urandom'].map((name) => `/dev/${name}`),
      '/var/lib/shardline',
    ]);
    // As the image says it: it did not start anew for V8's sake, deaf to SIGTERM for as long again.
    const [, , service = []] = dockerStages();
    const said = [...execForm(holds(service, 'ENTRYPOINT')), ...execForm(holds(service, 'CMD'))];
    expect(procOf(worker, 'cmdline').split('\0').slice(0, -1)).toEqual(said);
    expect(await fleet.run(worker, 'livez')).toEqual({ ending: 'exit code 0', said: 'live\n' });
    expect(await fleet.run(worker, 'check')).toMatchObject({ ending: 'exit code 0' });
    await stopped(worker);
    expect(await fleet.run(worker, 'livez')).toMatchObject({ ending: 'exit code 1' });
    expect(readdirSync(join(fleet.volume))).toEqual(['dead-letters']);
  });
});
