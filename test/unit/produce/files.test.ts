import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventLines } from '../../../src/produce/files.ts';
import { partitionKey } from '../../../src/produce/partition-key.ts';

const MIB = 1_048_576;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shardline-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (name: string, content: string | Uint8Array) => {
  const file = join(folder, name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, content);
};

const read = async (path: string) => {
  const lines: string[] = [];
  for await (const { origin, data, bytes } of eventLines(path)) {
    const text = Buffer.from(data).toString();
    lines.push(`${origin.replace(folder, '')} ${text === '' ? bytes : text}`);
  }
  return lines;
};

describe('event files', () => {
  it('are found in every folder and read in the order of their paths', async () => {
    await write('b/2.ndjson', '{"n":3}\n{"n":4}');
    await write('a.json', '{"n":1}\n');
    await write('b/1/deep.json', '{"n":2}\n');
    await write('b/readme.txt', 'no event');
    await write('b/._2.json', 'no event either');
    await symlink(join(folder, 'a.json'), join(folder, 'c.json'));
    expect(await read(folder)).toEqual([
      '/a.json:1 {"n":1}',
      '/b/1/deep.json:1 {"n":2}',
      '/b/2.ndjson:1 {"n":3}',
      '/b/2.ndjson:2 {"n":4}',
      '/c.json:1 {"n":1}',
    ]);
    await write('b/any.log', 'x');
    expect(await read(join(folder, 'b/any.log'))).toEqual(['/b/any.log:1 x']);
  });

  it('lose blank lines, carriage returns and a byte order mark, and nothing else', async () => {
    await write('a.json', '\ufeff{"n":1}\r\n\n  \t\r\n  {"n":2} \n\nlast');
    expect(await read(folder)).toEqual(['/a.json:1 {"n":1}', '/a.json:4   {"n":2} ', '/a.json:6 last']);
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
    await write('a.json', bytes);
    for await (const line of eventLines(folder)) expect(Buffer.from(line.data).equals(bytes)).toBe(true);
  });

  it('keep lines whole across chunks, and never keep one that is too long', async () => {
    const long = 'x'.repeat(MIB);
    await write('a.json', `${'é'.repeat(400_000)}\n${long}\n${long}y\n${'z'.repeat(20 * MIB)}\nend`);
    const lines: (readonly [number, number])[] = [];
    for await (const line of eventLines(folder)) lines.push([line.data.byteLength, line.bytes]);
    expect(lines).toEqual([
      [800_000, 800_000],
      [MIB, MIB],
      [0, MIB + 1],
      [0, 20 * MIB],
      [3, 3],
    ]);
  });

  it('are missed aloud', async () => {
    await expect(read(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'SHARDLINE_PRODUCE_FAILED' });
    await expect(read(folder)).rejects.toThrow(/no \.json or \.ndjson file in/);
  });
});

describe('the partition key', () => {
  const key = (text: string) => partitionKey(Buffer.from(text));
  it('is the user of the event, where one is told', () => {
    expect(key('{"event_id":"1", "user_id" : "Beyoncé 7"}')).toBe('Beyoncé 7');
    expect(key('{"userId":17}')).toBe('17');
  });

  it('is else a digest of the line, the same for the same line', () => {
    expect(key('{"userId":""}')).toMatch(/^[0-9a-f]{32}$/);
    expect(key('no json')).toBe(key('no json'));
    expect(key('no json')).not.toBe(key('no json either'));
    expect(key('')).toMatch(/^[0-9a-f]{32}$/);
    expect(key(`{"user_id":"${'u'.repeat(300)}"}`)).toMatch(/^[0-9a-f]{32}$/);
  });
});
