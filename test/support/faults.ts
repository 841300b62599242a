import { answer, type Fault } from './fault-proxy.ts';

/** The ways in which a sink behind a network fails, each for every bulk request. */

/** The connection breaks before OpenSearch has heard of it. */
export const resetBefore: Fault = ({ response }) => {
  response.destroy();
};

/** OpenSearch writes, but its answer never comes: the connection breaks. */
export const resetAfter: Fault = async ({ response, forward }) => {
  await forward();
  response.destroy();
};

/** OpenSearch writes, and nobody says so, for as long as anybody waits. */
export const stall: Fault = async ({ forward }) => {
  await forward();
};

/** The answer ends half way. */
export const truncate: Fault = async ({ response, forward }) => {
  const { status, text } = await forward();
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
  response.writeHead(status, headers).write(text.slice(0, text.length >> 1), () => response.destroy());
};

/** 413 for every body above so many bytes. */
export const tooLargeAbove =
  (bytes: number): Fault =>
  async ({ body, response, forward }) => {
    if (body.length > bytes) return answer(response, 413, '<html>Request Entity Too Large</html>');
    const { status, text } = await forward();
    answer(response, status, text);
  };

/** The same answer to everything; nothing reaches OpenSearch. */
export const always =
  (status: number, text: string): Fault =>
  ({ response }) =>
    answer(response, status, text);

/** An error as OpenSearch words it. */
export const always4xx = (status: number, type: string, reason: string): Fault =>
  always(status, JSON.stringify({ error: { type, reason }, status }));

/** OpenSearch writes, and the answer lacks one document. */
export const wrongNumber: Fault = async ({ response, forward }) => {
  const { status, text } = await forward();
  const { items, ...rest } = JSON.parse(text) as { items: object[] };
  answer(response, status, JSON.stringify({ ...rest, items: items.slice(1) }));
};

/** Some documents are kept from OpenSearch and answered like this; the others are written. */
export const keepBack =
  (isKept: (action: string, number: number) => boolean, itemStatus: number, error: object): Fault =>
  async ({ body, response, forward }) => {
    const lines = body.toString().split('\n').slice(0, -1);
    const kept = lines.filter((_, i) => i % 2 === 0).map(isKept);
    const rest = lines.filter((_, i) => !kept[i >> 1]).join('\n');
    const { text } = rest === '' ? { text: '{"items":[]}' } : await forward(Buffer.from(`${rest}\n`));
    const answered = (JSON.parse(text) as { items: object[] }).items.values();
    const items = kept.map((isOne) => (isOne ? { create: { status: itemStatus, error } } : answered.next().value));
    answer(response, 200, JSON.stringify({ items }));
  };

export const everyThird = (itemStatus: number, type: string, reason: string): Fault =>
  keepBack((_, number) => number % 3 === 0, itemStatus, { type, reason });
