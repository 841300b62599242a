import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { archiveSide } from '../../../src/app/audit/archive.ts';
import type { TakeDown } from '../../../src/app/audit/take-down.ts';
import { linesOf } from '../../../src/archive/archived.ts';
import { MissingRecords } from '../../../src/audit/missing-records.ts';
import { silentLog } from '../../../src/core/log.ts';
import { passedPlaces } from '../../../src/lease/passed.ts';
import { manualClock, seeded } from '../../support/clock.ts';

const HOUR_MS = 3_600_000;
const START_MS = manualClock().wall().getTime();

describe('the archive as a side of an audit', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'archive-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const text = (n: number, data: Uint8Array = Buffer.from(`r${n}`)): string =>
    linesOf(
      { application: 'app', stream: 's' },
      {
        shard: `shard-${n % 2}`,
        records: [{ data, sequenceNumber: `${n}`, arrivedMs: n, partitionKey: undefined }],
        at: 0,
        bytes: data.byteLength,
      },
    )
      .map((line) => `${line}\n`)
      .join('');
  const write = (name: string, bytes: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  };
  const opened = (places: readonly string[] = [`file:${folder}`], range = { fromMs: 0, toMs: HOUR_MS }) => {
    const notes: string[] = [];
    const side = archiveSide({
      ...{ places, application: 'app', stream: 's', range, folder: tmpdir() },
      note: (note) => notes.push(note),
      ...{ clock: manualClock(), random: seeded(1), log: silentLog, signal: new AbortController().signal },
    });
    const taken: string[] = [];
    const takeDown: TakeDown = {
      async page(shard, { records }) {
        for (let i = 0; i < records.length; i += 1) {
          const { sequenceNumber = '', data } = records.at(i) ?? {};
          taken.push(`${shard} ${sequenceNumber} ${data?.byteLength}`);
        }
      },
      close() {},
    };
    const steps: string[] = [];
    const read = () =>
      side.read(
        () => takeDown,
        () => steps.push(side.doing()),
      );
    return { side, notes, taken, steps, read };
  };

  it('brings the records of every file, packed or not, wherever in the tree', async () => {
    const large = text(5, Buffer.alloc(1_000_000)).split('\n');
    write('2026/11/21/09/a', text(1) + text(2));
    write('2026/11/21/10/b.gz', gzipSync(`${text(3)}${large[0]}\n`));
    write('c', `${large[1]}\n\n${text(1)}`);
    write('empty', '');
    const { side, notes, taken, steps, read } = opened();
    expect(side.doing()).toBe('reading the archive');
    await read();
    expect(steps).toEqual([1, 2, 3].map((n) => `reading object ${n} of the archive`));
    expect(taken.sort()).toEqual(['shard-0 2 2', 'shard-1 1 2', 'shard-1 1 2', 'shard-1 3 2', 'shard-1 5 1000000']);
    expect([side.conclude(), notes]).toEqual([0, []]);
  });

  it('reads nothing that was made before the range, and refuses where there is nothing else', async () => {
    write('a', text(1));
    utimesSync(join(folder, 'a'), new Date(-HOUR_MS), new Date(-HOUR_MS));
    const { taken, read } = opened();
    await expect(read()).rejects.toMatchObject({
      code: 'SHARDLINE_USAGE',
      message: expect.stringContaining(`--archive file:${folder}: there is no object that was delivered since 1970-`),
    });
    expect(taken).toEqual([]);
  });

  it('counts what it cannot read, and says what', async () => {
    write('a', `${text(1)}nonsense\n`);
    const { side, notes, read } = opened();
    await read();
    expect(side.conclude()).toBe(1);
    expect(notes).toEqual([expect.stringMatching(/cannot be read: 1 \(the last: .*\/a, line 2: it is no JSON\)$/)]);
  });

  it('does not go on past a file that is damaged, and names it', async () => {
    write('a', text(1));
    write('b.gz', gzipSync(text(2).repeat(1_000)).subarray(0, 60));
    await expect(opened().read()).rejects.toThrow(/^the archive cannot be read: .*b\.gz: .*unexpected end/);
    const gone = opened([`file:${folder}/gone`]);
    await expect(gone.read()).rejects.toThrow(/^the archive cannot be read: .*ENOENT.*gone/);
  });

  it('says that Firehose may hold back the end of a range, and refuses one that nobody could audit', async () => {
    const noted = async (toMs: number) => {
      const { side, notes } = opened([`file:${folder}`], { fromMs: START_MS - HOUR_MS, toMs });
      await side.check();
      return notes;
    };
    expect(await noted(START_MS - 900_000)).toEqual([]);
    expect(await noted(START_MS - 899_999)).toEqual([expect.stringContaining('Firehose may gather for 15 minutes')]);
    await expect(noted(START_MS + 1)).rejects.toMatchObject({ code: 'SHARDLINE_USAGE' });
  });

  it('knows that the service has read what it holds, also of shards that nobody lists any more', async () => {
    const passed = passedPlaces({ rows: [] }, await opened().side.shards());
    expect(passed({ shard: 'shard-0', sequenceNumber: '1', subSequenceNumber: 0, arrivedMs: 1 })).toBe(true);
  });

  it('reads again only what is missing, each record once', async () => {
    write('a', text(1) + text(2) + text(3) + text(1));
    write('b', text(1) + text(4) + text(4));
    const missing = new MissingRecords(10);
    for (const n of [1, 4]) {
      const place = { shard: `shard-${n % 2}`, sequenceNumber: `${n}`, arrivedMs: n };
      missing.add({ ...place, subSequenceNumber: 0, ordinal: 0 });
    }
    const again: string[] = [];
    await opened().side.again(missing, async (shard, { sequenceNumber }) => {
      again.push(`${shard} ${sequenceNumber}`);
    });
    expect(again).toEqual(['shard-1 1', 'shard-0 4']);
  });

  it.each(['firehose://events', 's3://', 'somewhere', 'https://sqs.us-east-1.amazonaws.com/123456789012/q'])(
    'refuses what is no place of objects: %s',
    (place) => {
      expect(() => opened([place])).toThrow(/^--archive .*: expected where the Firehose stream delivers to/);
    },
  );
});
