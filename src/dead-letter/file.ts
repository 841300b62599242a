import { constants } from 'node:fs';
import { access, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { describe, ShardlineError } from '../core/errors.ts';
import type { DeadLetter, DeadLetters } from '../core/letter.ts';
import { envelope } from './envelope.ts';
import { createFile, type LetterFile } from './letter-file.ts';

export interface FileLettersOptions {
  readonly dir: string;
  readonly application: string;
  /** Makes the file names this worker's own: several workers may share `dir`. */
  readonly workerId: string;
  readonly clock: Clock;
  /** A file is closed and a new one begun beyond this size. */
  readonly maxFileBytes: number;
  readonly openFile?: (path: string) => Promise<LetterFile>;
}

/** Somebody may take a file, but not one after another. */
const MOST_TRIES = 5;

/** Makes the folder, and fails at once where letters could not be kept. */
export const prepareFolder = async (dir: string): Promise<void> => {
  try {
    await mkdir(dir, { recursive: true });
    await (await open(dir, 'r')).close();
  } catch (cause) {
    const message = `dead_letter.to: the folder ${dir} cannot be used: ${describe(cause)}. Make it writable for this user, or name another`;
    throw new ShardlineError('SHARDLINE_DEAD_LETTERS_UNWRITABLE', message, { cause });
  }
};

/**
 * Dead letters as lines of files below `dir`, and nothing else there. `put` resolves after fsync. A file in which a
 * write failed may end in a torn line: it is never written to again, the next letters go into a new one. One that holds
 * no durable letter goes away, or a disk that is full for a night would leave thousands of them. One that a redrive has
 * taken in the meantime may have been read before the last letters were in it: they are written again.
 */
export const fileDeadLetters = (options: FileLettersOptions): DeadLetters => {
  const { clock, application, workerId, dir, openFile = createFile } = options;
  const safeWorkerId = workerId.replace(/[^A-Za-z0-9._-]/g, '_');
  let count = 0;
  let current: { readonly file: LetterFile; bytes: number } | undefined;

  const closeFile = async () => {
    const { file } = current ?? {};
    current = undefined;
    await file?.close().catch(() => undefined);
  };
  const leaveTorn = async () => {
    if (current?.bytes !== 0) return closeFile();
    const { file } = current;
    current = undefined;
    await file.discard().catch(() => undefined);
  };
  const writable = async () => {
    if (current && current.bytes >= options.maxFileBytes) await closeFile();
    if (current) return current;
    const stamp = clock.wall().toISOString().replace(/[:.]/g, '-');
    count += 1;
    current = { file: await openFile(join(dir, `${stamp}-${safeWorkerId}-${count}.ndjson`)), bytes: 0 };
    return current;
  };

  /** Whether the text is durable in a file that nobody had taken by then. */
  const append = async (text: string): Promise<boolean> => {
    const target = await writable();
    await target.file.write(text);
    await target.file.sync();
    target.bytes += text.length;
    return target.file.isThere();
  };

  return {
    async put(letters: readonly DeadLetter[]) {
      const text = letters.map((letter) => `${envelope(letter, application, clock.wall())}\n`).join('');
      try {
        for (let tries = 1; !(await append(text)); tries += 1) {
          await closeFile();
          if (tries === MOST_TRIES) throw new Error(`the files of ${dir} are taken away while they are written`);
        }
      } catch (cause) {
        await leaveTorn();
        throw cause;
      }
      return letters.map(() => undefined);
    },
    async check() {
      try {
        await access(dir, constants.W_OK);
        return undefined;
      } catch (thrown) {
        return `the folder ${dir} cannot be written: ${describe(thrown)}`;
      }
    },
    close: closeFile,
  };
};
