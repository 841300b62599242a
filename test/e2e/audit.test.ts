import { SplitShardCommand } from '@aws-sdk/client-kinesis';
import { describe, expect, it } from 'vitest';
import { audit, tamper } from '../support/audit.ts';
import { event } from '../support/event.ts';
import { type Rig, rig } from '../support/rig.ts';
import { until } from '../support/until.ts';

const MINUTE_MS = 60_000;
const EVENTS = 600;
const FIRST_DAY_MS = Date.UTC(2026, 0, 1);

/** Spread over three days, so that they lie in several indices. */
const lines = Array.from({ length: EVENTS }, (_, n) =>
  event(`e${n}`, { timestamp: new Date(FIRST_DAY_MS + (n % 3) * 86_400_000).toISOString() }),
);
const sentTwice = lines.slice(0, 7);
const poison = ['no json', '{"event_id": "half', '[]', '{"neither": "event nor log"}'];
const conflict = event('e1', { song: 'another', timestamp: '2026-01-02T00:00:00Z' });
const RECORDS = EVENTS + sentTwice.length + poison.length + 1;

const indexOf = (world: Rig, n: number): string => `${world.prefix}-2026.01.0${(n % 3) + 1}`;

describe('an audit', () => {
  it('accounts for everything that a worker carried, also from a closed shard, and names what was taken away, changed and added since', {
    timeout: 120_000,
  }, async () => {
    await using world = await rig({ shards: 2, madeAgoMs: 11 * MINUTE_MS });
    const nowMs = Date.now();
    const range = { fromMs: nowMs - 15 * MINUTE_MS, toMs: nowMs - 2 * MINUTE_MS };
    await world.putAgo(10 * MINUTE_MS, lines);
    await world.putAgo(9 * MINUTE_MS, [...sentTwice, ...poison, conflict]);

    const split = { ShardToSplit: 'shardId-000000000000', NewStartingHashKey: `${2n ** 126n}` };
    await world.client.send(new SplitShardCommand({ StreamName: world.stream, ...split }));

    const worker = world.worker({ SHARDLINE_DEAD_LETTER_HOLD_ABOVE: 'off' });
    await until(async () => (await world.count()) === EVENTS && world.letters().length === poison.length + 1, 60_000);
    await worker.child.stop(30_000);

    const carried = await world.hits();

    const sound = await audit(world, range);
    expect(sound.findings, sound.err).toEqual([]);
    expect(sound).toMatchObject({ code: 0, report: { accounted: true, absent_indices: [], notes: [] } });
    expect(sound.report?.totals).toEqual({
      records: RECORDS,
      indexed: EVENTS,
      duplicate: sentTwice.length,
      dead_letter: poison.length + 1,
      pending: 0,
      missing: 0,
      different: 0,
      unexpected: 0,
    });
    for (const row of sound.report?.rows ?? []) expect(row.found_digest).toBe(row.expected_digest);

    for (const n of [10, 11, 300]) await tamper(world, 'DELETE', `${indexOf(world, n)}/_doc/e${n}`);
    await tamper(world, 'PUT', `${indexOf(world, 0)}/_doc/by-hand`, { '@timestamp': '2026-01-01T00:00:00Z' });
    await tamper(world, 'PUT', `${indexOf(world, 20)}/_doc/e20`, {
      '@timestamp': '2026-01-03T00:00:00Z',
      song: { title: 'spoilt' },
    });
    const spoilt = await audit(world, range);
    expect(spoilt.code, spoilt.err).toBe(1);
    const named = spoilt.findings.map(({ verdict, index, id }) => `${verdict} ${index} ${id}`).sort();
    expect(named).toEqual(
      [
        `different ${indexOf(world, 20)} e20`,
        `missing ${indexOf(world, 10)} e10`,
        `missing ${indexOf(world, 11)} e11`,
        `missing ${indexOf(world, 300)} e300`,
        `unexpected ${indexOf(world, 0)} by-hand`,
      ].sort(),
    );
    expect(spoilt.report?.totals).toMatchObject({ indexed: EVENTS - 4, missing: 3, different: 1, unexpected: 1 });

    // Its digest stays as it was: only a look at the contents shows it.
    await tamper(world, 'POST', `${indexOf(world, 30)}/_update/e30`, { doc: { song: { title: 'altered' } } });
    // Arrived in time, but nobody is there to carry them.
    await world.putAgo(
      8 * MINUTE_MS,
      Array.from({ length: 5 }, (_, n) => event(`late${n}`)),
    );
    const times = ['--from', new Date(range.fromMs).toISOString(), '--to', new Date(range.toMs).toISOString()];
    const repaired = await world.command(['audit', ...times, '--reads-per-second', '5', '--contents', '--repair'])
      .ended;
    expect(repaired.out, repaired.err).toMatch(/\nall +617 +595 +7 +5 +5 +3 +2 +1\n/);
    expect(repaired.out).toMatch(
      /\nput back: 3 records delivered again: 3 documents indexed, 0 were there, 0 dead letters\n/,
    );
    expect(repaired.out).toMatch(/\n2 different, 1 unexpected\n$/);
    expect(repaired.code).toBe(1);
    const after = new Map((await world.hits()).map((hit) => [hit.id, hit]));
    expect(after.size).toBe(EVENTS + 1);
    for (const hit of carried.filter(({ id }) => id !== 'e20' && id !== 'e30'))
      expect(after.get(hit.id)?.source).toEqual(hit.source);
    expect(after.get('e20')?.source).toMatchObject({ song: { title: 'spoilt' } });
    expect(world.letters()).toHaveLength(poison.length + 1);
  });
});
