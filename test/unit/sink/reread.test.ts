import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../../../src/core/log.ts';
import { rereadFiles } from '../../../src/sink/opensearch/reread.ts';
import { manualClock } from '../../support/clock.ts';

let folder: string;
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shardline-reread-'));
  said = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

const log: Log = {
  debug() {},
  info: (_, text) => said.push(text),
  warn: (fields, text) => said.push(`${text}: ${JSON.stringify(fields)}`),
  error() {},
};

const notEmpty = ([text = '']: readonly string[]) => {
  if (text === '') throw new Error('it is empty');
  return text;
};

describe('what stands in a file', () => {
  const open = () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'one');
    const clock = manualClock();
    return { path, clock, secret: rereadFiles({ paths: [path], parse: notEmpty, clock, log }) };
  };

  it('is looked at again after a second, and not before', async () => {
    const { path, clock, secret } = open();
    writeFileSync(path, 'two');
    await clock.tick(999);
    expect(await secret.current()).toBe('one');
    await clock.tick(1);
    expect(await secret.current()).toBe('two');
    expect(said).toEqual(['files have changed: what they say now is used']);
  });

  it('keeps its identity while nothing changes, whatever the file times say', async () => {
    const path = join(folder, 'secret');
    writeFileSync(path, 'one');
    const clock = manualClock();
    const secret = rereadFiles({ paths: [path], parse: ([text]) => ({ text }), clock, log });
    const first = await secret.current();
    writeFileSync(path, 'one');
    await clock.tick(5_000);
    expect(await secret.current()).toBe(first);
  });

  it('may be swapped by a symbolic link, as Kubernetes does', async () => {
    const [v1, v2, path] = [join(folder, 'v1'), join(folder, 'v2'), join(folder, 'secret')];
    writeFileSync(v1, 'one');
    writeFileSync(v2, 'two');
    symlinkSync(v1, path);
    const clock = manualClock();
    const secret = rereadFiles({ paths: [path], parse: notEmpty, clock, log });
    symlinkSync(v2, `${path}.new`);
    renameSync(`${path}.new`, path);
    await clock.tick(1_000);
    expect(await secret.current()).toBe('two');
  });

  it('stays in force while the file is missing or wrong; that is told once, and taken back when it is right', async () => {
    const { path, clock, secret } = open();
    rmSync(path);
    for (let i = 0; i < 3; i += 1) {
      await clock.tick(1_000);
      expect(await secret.current()).toBe('one');
    }
    expect(secret.trouble()).toContain('ENOENT');
    writeFileSync(path, '');
    await clock.tick(1_000);
    expect(await secret.current()).toBe('one');
    expect(secret.trouble()).toContain('it is empty');
    expect(said).toHaveLength(2);
    writeFileSync(path, 'one');
    await clock.tick(1_000);
    expect(await secret.current()).toBe('one');
    expect(secret.trouble()).toBeUndefined();
  });

  it('is an error at the first reading when it is missing or wrong', () => {
    const path = join(folder, 'secret');
    const clock = manualClock();
    expect(() => rereadFiles({ paths: [path], parse: notEmpty, clock, log })).toThrow('ENOENT');
    writeFileSync(path, '');
    expect(() => rereadFiles({ paths: [path], parse: notEmpty, clock, log })).toThrow('it is empty');
  });
});
