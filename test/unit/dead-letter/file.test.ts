import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileDeadLetters, prepareFolder } from '../../../src/dead-letter/file.ts';
import type { LetterFile } from '../../../src/dead-letter/letter-file.ts';
import { manualClock } from '../../support/clock.ts';
import { letter } from '../../support/letter.ts';
import { until } from '../../support/until.ts';

const never = new AbortController().signal;
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'letters-'));
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

/** Opens files on a disk that tears a line when it is full. */
const tearing = (disk: { readonly full: boolean }) => {
  const written: string[] = [];
  const openFile = async (path: string): Promise<LetterFile> => {
    written.push(path);
    return {
      write: async (text) => {
        await writeFile(path, disk.full ? text.slice(0, 20) : text, { flag: 'a' });
        if (disk.full) throw new Error('ENOSPC');
      },
      sync: async () => {},
      isThere: async () => true,
      close: async () => {},
      discard: () => rm(path),
    };
  };
  return { written, openFile };
};

const readLetters = async () => {
  const names = (await readdir(dir)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(dir, name), 'utf8')));
  return { names, lines: texts.flatMap((text) => text.split('\n').slice(0, -1)) };
};

describe('letters in files', () => {
  const letters = (workerId = 'w', openFile?: (path: string) => Promise<LetterFile>) =>
    fileDeadLetters({
      dir,
      application: 'app',
      workerId,
      clock: manualClock(),
      maxFileBytes: 10_000,
      ...(openFile ? { openFile } : {}),
    });

  it('are one envelope a line, with the raw bytes in standard base64', async () => {
    const target = letters();
    await target.put([letter(7, { document: '{"a":"x"}', index: 'i', answer: '400' })], never);
    const { lines } = await readLetters();
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        schema: 1,
        letter_id: 's/shardId-000000000000/7/0/0/decode-json',
        reason: 'decode-json',
        message: 'not JSON',
        application: 'app',
        stream: 's',
        shard: 'shardId-000000000000',
        sequence_number: '7',
        sub_sequence_number: 0,
        ordinal: 0,
        partition_key: 'p',
        arrived_at: '2023-11-14T22:13:20.000Z',
        written_at: '2026-01-02T03:04:05.000Z',
        index: 'i',
        answer: '400',
        raw: '//4ACgc=',
        document: { a: 'x' },
      },
    ]);
    await target.close();
  });

  it('are on disk when put resolves: another reader sees them whole', async () => {
    const target = letters();
    await target.put([letter(1), letter(2)], never);
    expect((await readLetters()).lines).toHaveLength(2);
    await target.put([letter(3)], never);
    expect((await readLetters()).lines).toHaveLength(3);
    await target.close();
  });

  it('are not said to be durable before the disk has confirmed them', async () => {
    const steps: string[] = [];
    let confirm: (() => void) | undefined;
    const target = letters('w', async () => ({
      write: async () => void steps.push('written'),
      sync: () => new Promise((resolve) => (confirm = resolve)),
      isThere: async () => true,
      discard: async () => {},
      close: async () => {},
    }));
    const put = target.put([letter(1)], never).then(() => steps.push('durable'));
    await until(() => confirm);
    expect(steps).toEqual(['written']);
    confirm?.();
    await put;
    expect(steps).toEqual(['written', 'durable']);
  });

  it('of several workers in one folder never share a file', async () => {
    const targets = ['a/1', 'b'].map((workerId) => letters(workerId));
    await Promise.all(targets.map((target) => target.put([letter(1)], never)));
    expect((await readLetters()).names).toHaveLength(2);
    await Promise.all(targets.map((target) => target.close()));
  });

  it('go into a new file after a torn line, and beyond the size', async () => {
    const disk = { full: false };
    const { written, openFile } = tearing(disk);
    const target = letters('w', openFile);
    await target.put([letter(0)], never);
    disk.full = true;
    await expect(target.put([letter(1)], never)).rejects.toThrow('ENOSPC');
    disk.full = false;
    await target.put([letter(1)], never);
    await target.put([letter(2, { raw: Buffer.alloc(20_000) })], never);
    await target.put([letter(3)], never);
    expect(written).toHaveLength(3);
    expect((await readFile(written[0] ?? '', 'utf8')).split('\n')[0]).toContain('"sequence_number":"0"');
    const second = await readFile(written[1] ?? '', 'utf8');
    expect(
      second
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).sequence_number),
    ).toEqual(['1', '2']);
  });

  it('leave no empty or torn files behind while the disk is full', async () => {
    const disk = { full: true };
    const { written, openFile } = tearing(disk);
    const target = letters('w', openFile);
    for (let attempt = 0; attempt < 5; attempt += 1)
      await expect(target.put([letter(1)], never)).rejects.toThrow('ENOSPC');
    disk.full = false;
    await target.put([letter(1)], never);
    expect(written).toHaveLength(6);
    expect(await readdir(dir)).toHaveLength(1);
    await target.close();
  });

  it('are refused at start where they could not be kept', async () => {
    const file = join(dir, 'file');
    await writeFile(file, '');
    await expect(prepareFolder(file)).rejects.toMatchObject({ code: 'SHARDLINE_DEAD_LETTERS_UNWRITABLE' });
    await expect(prepareFolder(join(dir, 'a', 'b'))).resolves.toBeUndefined();
  });
});
