import type { Clock } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import type { DeadLetter, DeadLetters, Unkept } from '../core/letter.ts';
import { envelope } from './envelope.ts';
import { fewAtOnce } from './few-at-once.ts';
import { folderOf, lettersKey } from './keys.ts';
import type { Store } from './store.ts';

export interface ObjectLettersOptions {
  readonly store: Store;
  readonly application: string;
  readonly clock: Clock;
}

/** Requests under way at once. */
const AT_ONCE = 8;

type Group = readonly (readonly [number, DeadLetter])[];

/**
 * Dead letters as objects of lines, one object for each day, reason and shard of a write. An object holds letters of any
 * size: what one process can have in hand is far below what S3 takes at once (5 GiB).
 */
export const objectDeadLetters = ({ store, application, clock }: ObjectLettersOptions): DeadLetters => {
  const putGroup = async ([first, ...others]: readonly DeadLetter[], signal: AbortSignal): Promise<Unkept> => {
    if (!first) return undefined;
    const letters = [first, ...others] as const;
    const writtenAt = clock.wall();
    try {
      const lines = letters.map((letter) => `${envelope(letter, application, writtenAt)}\n`);
      await store.put(lettersKey(letters, application), lines.join(''), signal);
      return undefined;
    } catch (thrown) {
      return describe(thrown);
    }
  };
  return {
    async put(letters, signal) {
      const unkept: Unkept[] = letters.map(() => 'it was not sent');
      const groups: Group[] = [...Map.groupBy(letters.entries(), ([, letter]) => folderOf(letter)).values()];
      await fewAtOnce(groups, AT_ONCE, async (group) => {
        const why = await putGroup(
          group.map(([, letter]) => letter),
          signal,
        );
        for (const [i] of group) unkept[i] = why;
      });
      return unkept;
    },
    check: (signal) => store.check(signal),
    async close() {
      store.close();
    },
  };
};
