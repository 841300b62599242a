const HEAD = '{"items":[';
const ITEM = '{"create":{"status":201}}';
const TAIL = ']}';

const CREATED = Object.freeze({ create: Object.freeze({ status: 201 }) });

/**
 * The answer to a bulk of documents that are all new, as OpenSearch writes it when it is asked for what decides alone:
 * nearly every answer of a stream. Parsed, it would be two objects for each document, the only ones to outlive the request.
 * Undefined for any other text, which is JSON.parse's to read.
 */
export const readAllCreated = (text: string): { readonly items: readonly object[] } | undefined => {
  const count = (text.length - HEAD.length - TAIL.length + 1) / (ITEM.length + 1);
  if (!Number.isInteger(count) || count < 1) return undefined;
  if (text !== `${HEAD}${`${ITEM},`.repeat(count - 1)}${ITEM}${TAIL}`) return undefined;
  return { items: new Array<object>(count).fill(CREATED) };
};
