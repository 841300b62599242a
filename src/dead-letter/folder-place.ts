import { createReadStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, ShardlineError } from '../core/errors.ts';
import { isObject } from '../core/is-object.ts';
import { createFile, type LetterFile, syncFolder } from './letter-file.ts';
import type { Bundle, LetterPlace } from './place.ts';

export interface FolderOptions {
  readonly dir: string;
  /** Whether letters will be removed: then each file is taken first, so that no worker writes to it any more. */
  readonly take: boolean;
  /** A part of file names that nobody else uses. */
  readonly unique: () => string;
}

const PIECE_BYTES = 262_144;
const WRITE_BYTES = 1_048_576;

const isMissing = (thrown: unknown): boolean => isObject(thrown) && thrown.code === 'ENOENT';

const unusable = (dir: string, cause: unknown): ShardlineError => {
  const message = `the dead letters in ${dir} cannot be read or moved: ${describe(cause)}`;
  return new ShardlineError('SHARDLINE_DEAD_LETTERS_UNREADABLE', message, { cause });
};

/** What may not be there any more, since another redrive may be at work as well. */
const unlessGone = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
};

/**
 * Takes a file out of the hands of the worker that may still write to it, by its name: the worker looks after each write
 * whether the file is where it was, and writes what may have come too late once more, into a new one.
 */
const taken = async (path: string): Promise<string> => {
  if (path.endsWith('.taken.ndjson')) return path;
  const renamed = path.replace(/\.ndjson$/, '.taken.ndjson');
  await unlessGone(rename(path, renamed));
  return renamed;
};

type Lines = AsyncIterable<Buffer> | Iterable<Buffer>;

/** Lines with their newlines, many at a time. */
async function* pieces(lines: Lines): AsyncIterable<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const line of lines) {
    waiting.push(line, Buffer.from('\n'));
    bytes += line.length + 1;
    if (bytes < WRITE_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (waiting.length > 0) yield Buffer.concat(waiting);
}

/** Letters in the files of a folder, as `fileDeadLetters` writes them. Those that come while it is read are not listed. */
export const folderPlace = ({ dir, take, unique }: FolderOptions): LetterPlace => {
  const bundleAt = async (path: string): Promise<Bundle | undefined> => {
    const name = take ? await taken(path) : path;
    const found = await unlessGone(stat(name));
    return found?.isFile() ? { name, bytes: found.size } : undefined;
  };
  const write = async (name: string, lines: Lines): Promise<void> => {
    const path = join(dir, `${name}-${unique()}.ndjson`);
    let file: LetterFile | undefined;
    try {
      for await (const piece of pieces(lines)) {
        file ??= await createFile(path);
        await file.write(piece);
      }
      await file?.sync();
      // Another redrive may have taken and read it half written.
      if (file && !(await file.isThere())) throw new Error(`another redrive has taken ${path}; run this one again`);
    } finally {
      await file?.close();
    }
  };
  const orTell = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw unusable(dir, cause);
    });

  return {
    async *list() {
      const names = await orTell(readdir(dir));
      for (const name of names.filter((each) => each.endsWith('.ndjson')).sort()) {
        const bundle = await orTell(bundleAt(join(dir, name)));
        if (bundle) yield bundle;
      }
    },
    async *read({ name }) {
      try {
        for await (const piece of createReadStream(name, { highWaterMark: PIECE_BYTES })) yield piece;
      } catch (cause) {
        if (!isMissing(cause)) throw unusable(dir, cause);
      }
    },
    keep: ({ name }, lines) =>
      orTell(write(basename(name).replace(/(?:\.rest-[^.]*|\.taken)*\.ndjson$/, '.rest'), lines)),
    add(letters) {
      const lines = letters.map(({ line }) => line);
      return orTell(write('spool', lines));
    },
    async remove(bundles) {
      for (const { name } of bundles) await orTell(rm(name, { force: true }));
      await orTell(syncFolder(dir));
    },
    close() {},
  };
};
