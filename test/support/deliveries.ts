import { type Delivery, endOfDocument, type Ticket } from '../../src/core/delivery.ts';
import { Lines } from '../../src/core/lines.ts';
import type { Special } from '../../src/core/message.ts';
import { actionOf } from '../../src/sink/action.ts';
import { digestOf } from '../../src/sink/prepare.ts';

export const noTicket: Ticket = { owe() {}, settle() {} };

/** What makes a document special, a `create` unless told otherwise. */
export const special = (more: Partial<Special>): Special => ({
  op: 'create',
  version: undefined,
  index: undefined,
  routing: undefined,
  pipeline: undefined,
  ...more,
});

/** A document ready to be sent, with the body `{"n":…}` unless told otherwise. */
export const delivery = (id: string, more: Partial<Delivery> & { body?: string } = {}): Delivery => {
  const { body = `{"n":"${id}"}`, index = 'events-2026.01.02', ...rest } = more;
  const plain = `{"create":{"_index":"${index}","_id":${JSON.stringify(id)}}}`;
  const action = rest.special ? actionOf(rest.special, index, id) : plain;
  const lines = new Lines();
  lines.write(`${action}\n${body.slice(0, -1)},"ingest":{${endOfDocument(digestOf(body))}`);
  lines.close();
  return {
    index,
    id,
    lines,
    start: 0,
    bytes: lines.end(),
    shard: 'shardId-000000000000',
    records: [{ data: Buffer.from(body), sequenceNumber: '1', arrivedMs: 0, partitionKey: undefined }],
    recordIndex: 0,
    arrivedMs: 0,
    own: undefined,
    subSequenceNumber: 0,
    ordinal: 0,
    ticket: noTicket,
    lost: new AbortController().signal,
    ...rest,
  };
};

export const deliveries = (count: number, prefix = 'd'): readonly Delivery[] =>
  Array.from({ length: count }, (_, i) => delivery(`${prefix}${i}`));
