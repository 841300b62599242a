import { describe } from '../core/errors.ts';
import type { Unkept } from '../core/letter.ts';
import type { Wire } from './batched.ts';
import { batches, type Limits } from './batches.ts';
import { fewAtOnce } from './few-at-once.ts';

/** Requests under way at once: a target of the same region then takes thousands of letters a second. */
export const AT_ONCE = 8;

interface Placed {
  readonly place: number;
  readonly text: string;
  readonly bytes: number;
}

/**
 * Sends texts in as few requests as the limits allow, and says of each, in their order, why it is not kept. A request
 * that is refused whole is halved until the text it is refused for stands alone.
 */
export const sendTexts = async (
  wire: Pick<Wire, 'send'>,
  texts: readonly { readonly text: string; readonly bytes: number }[],
  limits: Limits,
  signal: AbortSignal,
): Promise<readonly Unkept[]> => {
  const unkept: Unkept[] = texts.map(() => 'it was not sent');
  const send = async (entries: readonly Placed[]): Promise<void> => {
    const tell = (why: (i: number) => Unkept) => {
      for (const [i, { place }] of entries.entries()) unkept[place] = why(i);
    };
    try {
      const sent = await wire.send(
        entries.map(({ text }) => text),
        signal,
      );
      if ('unkept' in sent) return tell((i) => sent.unkept[i]);
      if (entries.length === 1) return tell(() => sent.refused);
    } catch (thrown) {
      return tell(() => describe(thrown));
    }
    const middle = entries.length >> 1;
    await send(entries.slice(0, middle));
    await send(entries.slice(middle));
  };
  const placed = texts.map(({ text, bytes }, place) => ({ place, text, bytes }));
  await fewAtOnce(batches(placed, limits), AT_ONCE, send);
  return unkept;
};
