import { readdirSync, readFileSync } from 'node:fs';
import { appendFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { fileDeadLetters } from '../../src/dead-letter/file.ts';
import type { LetterFile } from '../../src/dead-letter/letter-file.ts';
import { deadLettersContract, type LetterFault, type LetterWorld } from './dead-letters.ts';

/** Files on a disk that fails as told: at once, after half of a write, or after all of it. */
const failingFile = (path: string, fault: () => LetterFault | undefined): LetterFile => ({
  write: async (text) => {
    const kind = fault();
    if (kind === 'outage' || kind === 'throttling') throw new Error('ENOSPC');
    await appendFile(path, kind === 'partial failure' ? text.slice(0, text.length / 2) : text);
    if (kind === 'partial failure') throw new Error('EIO');
  },
  sync: async () => {
    if (fault() === 'lost answers') throw new Error('EIO');
  },
  isThere: async () => true,
  close: async () => {},
  discard: () => rm(path, { force: true }),
});

const world = async (): Promise<LetterWorld> => {
  const dir = await mkdtemp(join(tmpdir(), 'letters-'));
  let fault: LetterFault | undefined;
  const target = fileDeadLetters({
    dir,
    application: 'app',
    workerId: 'w',
    clock: systemClock,
    maxFileBytes: 1_000_000,
    openFile: async (path) => failingFile(path, () => fault),
  });
  return {
    target,
    many: 5_000,
    async read() {
      const texts = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'utf8'));
      return texts.flatMap((text) => text.split('\n').slice(0, -1)).map((line) => JSON.parse(line));
    },
    fault(kind) {
      fault = kind;
    },
    async [Symbol.asyncDispose]() {
      await target.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

describe('dead letters in files', () => {
  deadLettersContract(world);
});
