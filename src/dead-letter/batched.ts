import type { Clock } from '../core/clock.ts';
import { describe } from '../core/errors.ts';
import type { DeadLetter, DeadLetters, Unkept } from '../core/letter.ts';
import type { Limits } from './batches.ts';
import { envelope, pointer } from './envelope.ts';
import { fewAtOnce } from './few-at-once.ts';
import { bodyKey } from './keys.ts';
import { AT_ONCE, sendTexts } from './send-texts.ts';
import type { Store } from './store.ts';

/** What became of a request: of each letter, or that it was refused whole, perhaps because of one of them. */
export type Sent = { readonly unkept: readonly Unkept[] } | { readonly refused: string };

/** A service that takes letters in requests of several and answers for each. */
export interface Wire {
  /** Asked before every put; no letter's limit is below POINTER_MOST_BYTES. Rejects while it is not known. */
  limits(signal: AbortSignal): Promise<Limits>;
  /** Rejects when nobody can tell what became of the request. */
  send(texts: readonly string[], signal: AbortSignal): Promise<Sent>;
  check(signal: AbortSignal): Promise<string | undefined>;
  close(): void;
}

export interface BatchedOptions {
  readonly wire: Wire;
  /** Takes the letters that are too large for the wire. */
  readonly bodies: Store;
  readonly application: string;
  readonly clock: Clock;
}

/**
 * Dead letters in requests of several. One that is too large is kept whole in the store first, and a letter that points
 * there goes instead. A request that is refused whole is halved until the letter it is refused for stands alone.
 */
export const batchedDeadLetters = ({ wire, bodies, application, clock }: BatchedOptions): DeadLetters => {
  const entryOf = async (letter: DeadLetter, place: number, limits: Limits, signal: AbortSignal) => {
    const writtenAt = clock.wall();
    const whole = envelope(letter, application, writtenAt);
    const bytes = Buffer.byteLength(whole);
    if (bytes <= limits.letterBytes) return { place, text: whole, bytes };
    const body = await bodies.put(bodyKey(letter, application), whole, signal);
    const text = pointer(letter, application, writtenAt, body);
    return { place, text, bytes: Buffer.byteLength(text) };
  };

  return {
    async put(letters, signal) {
      const limits = await wire.limits(signal);
      const unkept: Unkept[] = letters.map(() => 'it was not sent');
      const entries = await fewAtOnce([...letters.entries()], AT_ONCE, async ([place, letter]) => {
        try {
          return await entryOf(letter, place, limits, signal);
        } catch (thrown) {
          unkept[place] = describe(thrown);
          return undefined;
        }
      });
      const ready = entries.filter((entry) => entry !== undefined);
      const answers = await sendTexts(wire, ready, limits, signal);
      for (const [i, { place }] of ready.entries()) unkept[place] = answers[i];
      return unkept;
    },
    check: async (signal) => (await wire.check(signal)) ?? (await bodies.check(signal)),
    async close() {
      wire.close();
      bodies.close();
    },
  };
};
