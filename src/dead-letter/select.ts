import type { Narrow } from './place.ts';
import type { StoredLetter } from './stored.ts';

/** Which letters are wanted. */
export interface Selection extends Narrow {
  readonly application: string;
  readonly stream: string;
  /** The index that its document was to go to; `*` stands for anything. */
  readonly index?: string | undefined;
}

const matches = (pattern: string, text: string): boolean => {
  const [head = '', ...parts] = pattern.split('*');
  if (parts.length === 0) return text === head;
  const tail = parts.pop() ?? '';
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  let rest = text.slice(head.length, text.length - tail.length);
  return parts.every((part) => {
    const at = rest.indexOf(part);
    rest = rest.slice(at + part.length);
    return at >= 0;
  });
};

/** Whether this letter is of this application and its stream: others may share the place. */
export const isOwn = ({ application, stream }: Selection, letter: StoredLetter): boolean =>
  letter.application === application && letter.stream === stream;

/** Whether the filters let it through. */
export const isWanted = ({ reason, shard, sinceMs, untilMs, index }: Selection, letter: StoredLetter): boolean =>
  (reason === undefined || letter.reason === reason) &&
  (shard === undefined || letter.shard === shard) &&
  (index === undefined || (letter.index !== undefined && matches(index, letter.index))) &&
  letter.arrivedMs >= sinceMs &&
  letter.arrivedMs < untilMs;
