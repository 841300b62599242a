import { describe, expect, it } from 'vitest';
import type { DeadLetter } from '../../src/core/letter.ts';
import { letter } from '../support/letter.ts';
import { bucketPlace, firehosePlace } from '../support/letter-places.ts';
import { bucketTarget, firehoseTarget } from '../support/letter-targets.ts';
import { eventOf, writeTransform } from '../support/matrix.ts';
import { type Rig, rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const EVENTS = 10_000;

/** Makes the index of the events with a mapping that none of them fits. */
const misMap = async ({ opensearchUrl, prefix }: Rig) => {
  const mappings = { properties: { text: { type: 'integer' } } };
  const answer = await fetch(`${opensearchUrl}/${prefix}-2026.01.02`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ mappings }),
  });
  expect(answer.status).toBe(200);
};

/** Takes that index away: the next document makes it anew, by the template. */
const mendMapping = ({ opensearchUrl, prefix }: Rig) =>
  fetch(`${opensearchUrl}/${prefix}-2026.01.02`, { method: 'DELETE' });

/** Has a worker write a letter for each of so many events. */
const deadLetter = async (world: Rig, count: number, environment: Readonly<Record<string, string>> = {}) => {
  await misMap(world);
  const worker = world.worker({ SHARDLINE_DEAD_LETTER_HOLD_ABOVE: 'off', ...environment });
  await world.put(Array.from({ length: count }, (_, i) => eventOf(`e${i}`)));
  await until(async () => (await worker.metric('shardline_dead_letters_total')) === count, 60_000, 100);
  worker.child.signal('SIGTERM');
  expect(await worker.child.ended).toBe('exit code 0');
};

const bucketWorld = async (application: string) => {
  const place = await bucketPlace();
  return { place, target: bucketTarget(place, { application }) };
};

const firehoseWorld = async (application: string) => {
  const place = await firehosePlace();
  return { place, target: firehoseTarget(place, { application }) };
};

describe('redrive', () => {
  it(`brings ${EVENTS} events in from a folder once their mapping is mended; again, it changes nothing`, async () => {
    await using world = await rig({ shards: 2 });
    const environment = { SHARDLINE_TRANSFORM: writeTransform(world.folder) };
    await deadLetter(world, EVENTS, environment);
    expect(world.letters()).toHaveLength(EVENTS);

    await mendMapping(world);
    const first = await world.command(['redrive', '--json'], environment).ended;
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(first.out)).toMatchObject({ selected: EVENTS, delivered: EVENTS, failed: 0 });
    expect(world.letters()).toEqual([]);
    const hits = await world.hits();
    expect(hits).toHaveLength(EVENTS);
    expect(hits.every(({ version }) => version === 1)).toBe(true);

    const second = await world.command(['redrive', '--json'], environment).ended;
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(second.out)).toMatchObject({ selected: 0, documents: { indexed: 0, duplicate: 0 } });
    expect(await world.hits()).toEqual(hits);
  });

  const letterFrom = (world: Rig, n: number, more: Partial<DeadLetter> = {}): DeadLetter =>
    letter(n, { stream: world.stream, raw: Buffer.from(eventOf(`e${n}`)), arrivedMs: Date.UTC(2026, 0, 2), ...more });

  describe.each([
    ['a bucket', bucketWorld],
    ['a Firehose stream', firehoseWorld],
  ] as const)('from %s', (_, makeWorld) => {
    it('brings letters in through throttling and outages, whole ones and pointers, and empties it', async () => {
      await using world = await rig({ shards: 1 });
      const { place, target } = await makeWorld(world.stream);
      await using _place = place;
      const environment = { ...place.environment, SHARDLINE_TRANSFORM: writeTransform(world.folder) };
      const letters = Array.from({ length: 300 }, (_, n) =>
        letterFrom(world, n, { shard: `shardId-00000000000${n % 4}`, reason: n % 2 ? 'sink-rejected' : 'decode-utf8' }),
      );
      const large = letterFrom(world, 300, { raw: Buffer.from(eventOf('large', { text: 'x'.repeat(800_000) })) });
      for (const some of [letters.slice(0, 100), letters.slice(100), [large], [letters[7] ?? large]])
        expect((await target.put(some, never)).filter((why) => why !== undefined)).toEqual([]);

      place.fault('throttling');
      const running = world.command(['redrive', '--json'], environment);
      await until(() => running.err().includes('waiting: '), 30_000);
      place.fault('outage');
      await until(() => /waiting: .*(?:ECONNRESET|socket hang up)/.test(running.err()), 30_000);
      place.fault();
      const { code, out } = await running.ended;
      expect(JSON.parse(out)).toMatchObject({ selected: 301, delivered: 301, copies: 1, failed: 0, unreadable: 0 });
      expect(code).toBe(0);
      expect(await world.count()).toBe(301);
      expect(await place.read()).toEqual([]);
      await target.close();
    });
  });
});
