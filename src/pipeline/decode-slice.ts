import type { Message } from '../core/message.ts';
import type { SourceRecord } from '../core/page.ts';
import { fail, type Walk } from './walk.ts';

/** Between two slices the event loop breathes: renewals, probes and sockets never wait for a whole page. */
const SLICE_BYTES = 262_144;

/** Where a message stands within its page. */
export interface Placed {
  readonly message: Message;
  readonly record: SourceRecord;
  readonly recordIndex: number;
  /** Set where its record holds several messages: a letter then carries the message's bytes only. */
  readonly ownBytes: Uint8Array | undefined;
}

/** Decodes the next records of a page, so many that the event loop can wait for them; what cannot be read is a letter. */
export const decodeSlice = (
  walk: Walk,
  from: number,
): { readonly placed: readonly Placed[]; readonly next: number } => {
  const placed: Placed[] = [];
  let bytes = 0;
  let at = from;
  for (let record = walk.page.records.at(at); record && bytes < SLICE_BYTES; record = walk.page.records.at(at)) {
    const { messages, poison } = walk.stages.decode(record);
    const several = messages.length + poison.length > 1;
    for (const { reason, detail, subSequenceNumber, bytes: own } of poison) {
      fail(walk, record, at, { reason, message: detail, subSequenceNumber, ordinal: 0, bytes: own });
    }
    // Unpacked messages are views of a buffer that lives as long as the last of their documents.
    let unpacked = 0;
    for (const message of messages) unpacked += message.bytes.byteLength;
    if (several && unpacked > record.data.byteLength) walk.page.charge.add(unpacked);
    bytes += unpacked;
    for (const message of messages) {
      placed.push({ message, record, recordIndex: at, ownBytes: several ? message.bytes : undefined });
    }
    bytes += record.data.byteLength;
    at += 1;
  }
  return { placed, next: at };
};
