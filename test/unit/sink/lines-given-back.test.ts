import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Delivery, digestIn, documentOf } from '../../../src/core/delivery.ts';
import { bytesOf, Lines } from '../../../src/core/lines.ts';
import { BulkQueue } from '../../../src/sink/bulk-queue.ts';
import { Fates } from '../../../src/sink/fates.ts';
import { openSearchTarget } from '../../../src/sink/opensearch/bulk-target.ts';
import { ask, openSearchClient } from '../../../src/sink/opensearch/client.ts';
import { isWritten } from '../../../src/sink/opensearch/connection.ts';
import { Witness } from '../../../src/sink/witness.ts';
import { delivery } from '../../support/deliveries.ts';

/** The same documents with their lines in one block that is given back with the last of them. */
const together = (...apart: readonly Delivery[]): readonly Delivery[] => {
  const lines = new Lines();
  const moved = apart.map((each) => {
    const start = lines.end();
    lines.write(each.lines.bytes(each.start, each.start + each.bytes).toString());
    return { ...each, lines, start };
  });
  lines.close(moved.length);
  return moved;
};

const LIMITS = { maxBytes: 1_000_000, maxDocuments: 1_000, maxAgeMs: 0 };

describe('the lines of settled documents', () => {
  it('are given back when the last of them is settled, and whoever waits behind one is judged by its digest all the same', () => {
    const outcomes: [string, string][] = [];
    const queue = new BulkQueue(
      () => LIMITS,
      () => false,
    );
    const fates = new Fates((settled, { status }) => {
      for (const each of settled) outcomes.push([documentOf(each).slice(0, 8), status]);
    }, queue);
    const first = together(delivery('a', { body: '{"n":1}' }), delivery('b', { body: '{"n":2}' }));
    const behind = together(delivery('a', { body: '{"n":1}' }), delivery('b', { body: '{"n":3}' }));
    queue.push([...first, ...behind], 0);
    expect(queue.take(0, true)).toEqual(first);
    fates.indexed(first);
    expect(outcomes).toEqual([
      ['{"n":1,"', 'indexed'],
      ['{"n":2,"', 'indexed'],
      ['{"n":1,"', 'duplicate'],
      ['{"n":3,"', 'rejected'],
    ]);
    for (const each of [...first, ...behind]) expect(() => documentOf(each)).toThrow('after their release');
  });

  it('stay for the others while one of them is not settled', () => {
    const [one, other] = together(delivery('a'), delivery('b'));
    if (!one || !other) throw new Error('two are made');
    one.lines.release();
    expect(JSON.parse(documentOf(other))).toMatchObject({ n: 'b' });
    other.lines.release();
    expect(() => digestIn(other)).toThrow('after their release');
  });

  it('are kept of the document that is sent again as a witness', () => {
    const witness = new Witness();
    const [taken] = together(delivery('a'));
    if (!taken) throw new Error('one is made');
    const said = documentOf(taken);
    witness.taken(taken, 0);
    taken.lines.release();
    const called = witness.call(1);
    expect(called && documentOf(called)).toBe(said);
  });
});

describe("a request's body", () => {
  /** More than sockets hold between two processes. */
  const body = () => Buffer.allocUnsafeSlow(64 * 1_048_576).fill('x');

  it.each([
    { name: 'is known to be written once it was read', early: false },
    { name: 'is not taken for written when the answer comes before it was read', early: true },
  ])('$name', async ({ early }) => {
    const server = createServer((request, response) => {
      if (early) response.end('{"items":[]}');
      else request.resume().on('end', () => response.end('{"items":[]}'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const node = `http://127.0.0.1:${port}`;
    const client = openSearchClient({ node, requestTimeoutMs: 60_000, gzip: false });
    const bulkBody = body();
    const answer = await ask(client, { method: 'POST', path: '/_bulk', bulkBody }, new AbortController().signal);
    expect(answer).toMatchObject({ status: 200 });
    expect(isWritten(bulkBody)).toBe(!early);
    server.closeAllConnections();
    server.close();
  });

  it('is sent whole when the answer to a bulk comes before it was read', async () => {
    const large = delivery('large', { body: JSON.stringify({ text: 'x'.repeat(32 * 1_048_576) }) });
    const sent = bytesOf([large]);
    const came: Buffer[] = [];
    const created = JSON.stringify({ items: [{ create: { status: 201 } }] });
    const server = createTcpServer(async (socket) => {
      const [head] = (await once(socket, 'data')) as [Buffer];
      came.push(head);
      socket.pause();
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${created.length}\r\n\r\n${created}`,
      );
      // Time enough to give the body back, were it taken for written.
      await pause(100);
      let missing = head.indexOf('\r\n\r\n') + 4 + sent.length - head.length;
      socket.on('data', (bytes) => {
        came.push(bytes);
        missing -= bytes.length;
        if (missing <= 0) socket.end();
      });
      socket.resume();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const node = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = openSearchClient({ node, requestTimeoutMs: 60_000, gzip: false });
    const over = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    const target = openSearchTarget({ client, bulkTimeoutMs: 60_000 });
    expect(await target.write([large], new AbortController().signal)).toEqual({ items: [{ status: 'ok' }] });
    await over;
    expect(Buffer.concat(came).subarray(-sent.length).equals(sent)).toBe(true);
    server.close();
  });
});
