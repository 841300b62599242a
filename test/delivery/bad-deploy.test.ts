import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { eventOf, type Left, show, writeTransform } from '../support/matrix.ts';
import { rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const EVENTS = 20_000;
const left: Left[] = [];
afterAll(() => show(left));

it('a bad deploy is held, not dead-lettered; the next deploy delivers what was held', async () => {
  await using world = await rig({ shards: 1 });
  const good = writeTransform(world.folder);
  const bad = join(world.folder, 'bad.mjs');
  writeFileSync(
    bad,
    `import { defineTransform } from 'shardline';
export default defineTransform({ name: 'matrix', apply: ({ value }) => [{ id: value.no.such.thing }] });
`,
  );
  const events = (from: number) =>
    Array.from({ length: EVENTS / 2 }, (_, i) => eventOf(`e${from + i}`, { text: 'x'.repeat(100) }));
  const first = world.worker({ SHARDLINE_TRANSFORM: good });
  await world.put(events(0));
  await until(async () => (await first.metric('shardline_documents_indexed_total')) === EVENTS / 2, 60_000);
  first.child.signal('SIGTERM');
  expect(await first.child.ended).toBe('exit code 0');

  const second = world.worker({ SHARDLINE_TRANSFORM: bad, SHARDLINE_SHUTDOWN_TIMEOUT: '2s' });
  await world.put(events(EVENTS / 2));
  const { text } = await until(async () => {
    const readiness = await second.readiness();
    return readiness.status === 503 && readiness.text.includes('hold_above') ? readiness : undefined;
  }, 60_000);
  expect(text).toMatch(/\d+ % of the last \d+ events would be dead letters, lately transform-threw/);
  second.child.signal('SIGTERM');
  await second.child.ended;

  const third = world.worker({ SHARDLINE_TRANSFORM: good });
  await until(async () => (await world.count()) + world.letters().length >= EVENTS, 60_000, 200);
  const lettered = new Set(world.letters().map(({ letter_id }) => letter_id)).size;
  const hits = await world.hits();
  left.push({
    name: `a transform that throws for ${EVENTS / 2} events, then one that does not`,
    documents: hits.length,
    duplicates: await third.metric('shardline_documents_duplicate_total'),
    letters: { 'transform-threw': lettered },
    rewritten: hits.filter(({ version }) => version !== 1).length,
  });
  expect(lettered).toBeLessThanOrEqual(1_000);
  expect(hits.length).toBeGreaterThanOrEqual(EVENTS - lettered);
});
