import { describe, expect, it } from 'vitest';
import { openArchive } from '../../../src/archive/archive.ts';
import { linesOf } from '../../../src/archive/archived.ts';
import { type Pack, pack } from '../../../src/archive/pack.ts';
import { openTracker } from '../../../src/checkpoint/tracker.ts';
import type { Unkept } from '../../../src/core/letter.ts';
import { silentLog } from '../../../src/core/log.ts';
import type { Page, SourceRecord } from '../../../src/core/page.ts';
import { manualClock, seeded } from '../../support/clock.ts';

const origin = { application: 'app', stream: 's' };
const recordOf = (n: number, data: Uint8Array = Buffer.from(`r${n}`)): SourceRecord => ({
  data,
  sequenceNumber: `${n}`,
  arrivedMs: 1_000 * n,
  partitionKey: `p${n}`,
});
const archived = (data: Uint8Array) => ({
  shard: 'shard-0',
  records: [recordOf(1, data)],
  at: 0,
  bytes: data.byteLength,
});

interface Line {
  readonly sequence_number: string;
  readonly part?: number;
  readonly raw: string;
}

const parsed = (texts: readonly string[]): Line[] =>
  texts.flatMap((text) => text.split('\n')).map((line) => JSON.parse(line));

describe('a record in the archive', () => {
  it('is a line with its place, its arrival and its bytes', () => {
    const raw = Uint8Array.from({ length: 256 }, (_, i) => i);
    const [line = '', ...others] = linesOf(origin, archived(raw));
    expect(others).toEqual([]);
    expect(JSON.parse(line)).toEqual({
      schema: 1,
      application: 'app',
      stream: 's',
      shard: 'shard-0',
      sequence_number: '1',
      partition_key: 'p1',
      arrived_at: '1970-01-01T00:00:01.000Z',
      raw: Buffer.from(raw).toString('base64'),
    });
  });

  it('is a line also when it is empty, or a view into a larger buffer', () => {
    expect(parsed(linesOf(origin, archived(new Uint8Array())))).toMatchObject([{ raw: '' }]);
    const view = Buffer.from('..abc..').subarray(2, 5);
    expect(parsed(linesOf(origin, archived(view)))).toMatchObject([{ raw: Buffer.from('abc').toString('base64') }]);
  });

  it.each([
    [700_000, 1],
    [700_001, 2],
    [10_485_760, 15],
  ])('of %i bytes is %i lines that Firehose takes, and comes back whole', (bytes, count) => {
    const raw = Buffer.alloc(bytes, 'é');
    const record = { ...recordOf(1, raw), partitionKey: '\u0001'.repeat(256), sequenceNumber: '9'.repeat(128) };
    const lines = linesOf(
      { application: 'a'.repeat(255), stream: 's'.repeat(128) },
      { ...archived(raw), records: [record] },
    );
    expect(lines).toHaveLength(count);
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThan(999_999);
    const parts = parsed(lines).map((line) => Buffer.from(line.raw, 'base64'));
    expect(Buffer.concat(parts).equals(raw)).toBe(true);
    expect(parsed(lines).map(({ part }) => part)).toEqual(count === 1 ? [undefined] : lines.map((_, i) => i + 1));
  });
});

describe('lines packed together', () => {
  it('are all there, in their order, in packs that say whose they are and how large they are', () => {
    const lines = Array.from({ length: 2_000 }, (_, i) => [
      `${i}`.padEnd(700, 'x'),
      ...(i % 500 === 0 ? ['more'] : []),
    ]);
    const packs = pack(lines);
    expect(packs.length).toBe(3);
    expect(packs.flatMap(({ text }) => text.split('\n'))).toEqual(lines.flat());
    for (const { text, bytes, places } of packs) {
      expect(bytes).toBe(Buffer.byteLength(text));
      expect(bytes).toBeLessThan(500_000);
      const first = [...places][0] ?? -1;
      expect(text.startsWith(`${first}x`)).toBe(true);
    }
  });

  it('may be one that is larger than a pack', () => {
    expect(pack([['a'], ['b'.repeat(900_000)], ['c']]).map(({ places }) => [...places])).toEqual([[0], [1], [2]]);
    expect(pack([])).toEqual([]);
  });
});

describe('the archive', () => {
  /** An archive of which the answers are given by hand, and a page of five records that is being read. */
  const opened = async (answer: (packs: readonly Pack[]) => readonly Unkept[]) => {
    const clock = manualClock();
    const written: string[] = [];
    let count = 0;
    const archive = openArchive({
      ...origin,
      send: async (packs) => {
        const answers = answer(packs);
        packs.forEach(({ text }, i) => {
          if (answers[i] === undefined) written.push(text);
        });
        return answers;
      },
      close: async () => {},
      observe: { archived: (records) => (count += records) },
      backoff: { firstMs: 100, maxMs: 1_000 },
      clock,
      random: seeded(1),
      log: silentLog,
    });
    let held = 0;
    const charge = { add: (bytes: number) => (held += bytes), release: () => (held = 0) };
    const records = Array.from({ length: 5 }, (_, i) => recordOf(i + 1, Buffer.alloc(400_000, i)));
    const page: Page = { records, bytes: 0, behindMs: 0, children: undefined, charge };
    const tracker = openTracker();
    const ticket = tracker.open(page);
    const lost = new AbortController();
    archive.take(page, 'shard-0', ticket, lost.signal);
    const running = archive.run();
    const close = async () => {
      archive.close();
      await clock.tick(0);
      await running;
    };
    const numbers = () => parsed(written).map(({ sequence_number }) => sequence_number);
    return {
      archive,
      clock,
      tracker,
      ticket,
      lost,
      numbers,
      count: () => count,
      held: () => held,
      [Symbol.asyncDispose]: close,
    };
  };
  const walk = (ticket: { settle(at: number): void }) => {
    for (let at = 0; at < 5; at += 1) ticket.settle(at);
  };

  it('keeps the checkpoint back until its records are durable, and charges what waits', async () => {
    let isAway = true;
    await using world = await opened((packs) => packs.map(() => (isAway ? 'away' : undefined)));
    walk(world.ticket);
    await world.clock.tick(60_000);
    expect(world.tracker.watermark()).toBeUndefined();
    expect(world.held()).toBeGreaterThan(0);
    expect(world.archive.trouble()).toBe('records for the archive cannot be written: away');
    isAway = false;
    await world.clock.tick(5_000);
    expect(world.numbers()).toEqual(['1', '2', '3', '4', '5']);
    expect(world.archive.trouble()).toBeUndefined();
    expect(world.tracker.watermark()).toMatchObject({ sequenceNumber: '5' });
    expect([world.held(), world.count()]).toEqual([0, 5]);
  });

  it('settles nothing by itself: what is archived and not indexed is owed', async () => {
    await using world = await opened((packs) => packs.map(() => undefined));
    await world.clock.tick(5_000);
    expect(world.numbers()).toHaveLength(5);
    expect(world.tracker.watermark()).toBeUndefined();
    walk(world.ticket);
    expect(world.tracker.empty()).toBe(true);
  });

  it('sends again only what was not taken', async () => {
    let calls = 0;
    await using world = await opened((packs) => {
      calls += 1;
      return packs.map((_, i) => (calls === 1 && i % 2 === 1 ? 'slow down' : undefined));
    });
    walk(world.ticket);
    await world.clock.tick(5_000);
    expect(world.numbers().sort()).toEqual(['1', '2', '3', '4', '5']);
    expect(world.tracker.empty()).toBe(true);
    expect(world.count()).toBe(5);
  });

  it('takes an answer that is too short for no answer', async () => {
    let calls = 0;
    await using world = await opened((packs) => {
      calls += 1;
      return packs.map(() => undefined).slice(0, calls === 1 ? 1 : undefined);
    });
    walk(world.ticket);
    await world.clock.tick(0);
    await world.clock.tick(5_000);
    expect(world.tracker.empty()).toBe(true);
    expect(new Set(world.numbers())).toEqual(new Set(['1', '2', '3', '4', '5']));
  });

  it('drops what belongs to a lost lease', async () => {
    await using world = await opened((packs) => packs.map(() => 'away'));
    await world.clock.tick(5_000);
    world.lost.abort();
    await world.clock.tick(5_000);
    expect(world.archive.trouble()).toBeUndefined();
    expect(world.numbers()).toEqual([]);
  });
});
