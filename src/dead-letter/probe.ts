import type { Clock } from '../core/clock.ts';
import type { DeadLetters } from '../core/letter.ts';
import type { Probe } from '../core/probe.ts';

/** Services count and bill such questions, and a fleet asks them together. */
const SOUND_FOR_MS = 60_000;

/** Whether dead letters could be kept, before there is one: a wrong name shows at the start. */
export const deadLetterProbe = (letters: Pick<DeadLetters, 'check'>, clock: Clock): Probe => {
  let soundUntilMs = Number.NEGATIVE_INFINITY;
  return {
    name: 'dead-letters',
    async check(signal) {
      if (clock.now() < soundUntilMs) return undefined;
      const trouble = await letters.check(signal);
      if (trouble === undefined) soundUntilMs = clock.now() + SOUND_FOR_MS;
      return trouble;
    },
  };
};
