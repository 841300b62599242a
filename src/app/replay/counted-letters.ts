import type { DeadLetter, DeadLetters } from '../../core/letter.ts';

/**
 * A target of dead letters that has each counted before it is written, once in this process: whoever ends the replay
 * must know of all letters, also of those of processes that were killed.
 */
export const countedLetters = (target: DeadLetters, count: (letters: number) => Promise<void>): DeadLetters => {
  const counted = new WeakSet<DeadLetter>();
  return {
    put: async (letters, signal) => {
      const fresh = letters.filter((letter) => !counted.has(letter));
      if (fresh.length > 0) await count(fresh.length);
      for (const letter of fresh) counted.add(letter);
      return target.put(letters, signal);
    },
    check: (signal) => target.check(signal),
    close: () => target.close(),
  };
};
