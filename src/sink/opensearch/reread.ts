import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import { describe } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';

/** Something that may be replaced while we run, such as a password in a file. */
export interface Replaceable<T> {
  /** What is in force now. Never rejects. */
  current(): Promise<T>;
  /** Why what stands there now cannot be used, if so; what was right last stays in force meanwhile. */
  trouble(): string | undefined;
}

/** What nobody replaces. */
export const fixed = <T>(value: T): Replaceable<T> => ({ current: async () => value, trouble: () => undefined });

export interface RereadOptions<T> {
  readonly paths: readonly string[];
  /** Makes something of the files' texts, in their order; throws what is wrong with them, without showing them. */
  readonly parse: (texts: readonly string[]) => T;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * A file that a request depends on is looked at again when the last look is older than this. Its contents are compared,
 * not its times: Kubernetes replaces a secret by moving a symbolic link.
 */
const LOOK_EVERY_MS = 1_000;

/** Reads files now and again later; the first reading throws what is wrong, a later one keeps what was right. */
export const rereadFiles = <T>({ paths, parse, clock, log }: RereadOptions<T>): Replaceable<T> => {
  let texts: readonly string[] = paths.map((path) => readFileSync(path, 'utf8'));
  let value = parse(texts);
  let trouble: string | undefined;
  let lookedMs = clock.now();
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    try {
      const found = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
      const changed = found.some((text, i) => text !== texts[i]);
      if (changed) value = parse(found);
      texts = found;
      if (changed) log.info({ files: paths }, 'files have changed: what they say now is used');
      trouble = undefined;
    } catch (thrown) {
      const why = `${paths.join(', ')} cannot be used as of now: ${describe(thrown)}`;
      if (why !== trouble) log.warn({ why }, 'what the files said before stays in use');
      trouble = why;
    }
  };
  return {
    async current() {
      if (!looking && clock.now() - lookedMs >= LOOK_EVERY_MS) {
        looking = look().finally(() => {
          lookedMs = clock.now();
          looking = undefined;
        });
      }
      await looking;
      return value;
    },
    trouble: () => trouble,
  };
};
