import type { Decoded } from '../../../src/core/message.ts';
import type { SourceRecord } from '../../../src/core/page.ts';
import { type DecoderOptions, decoder } from '../../../src/decode/decoder.ts';

/** A record as a source would bring it. */
export const record = (data: Uint8Array | string, partitionKey?: string): SourceRecord => ({
  data: typeof data === 'string' ? Buffer.from(data) : data,
  sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
  arrivedMs: Date.UTC(2026, 0, 2),
  partitionKey,
});

/** Decodes one record in the given mode; limits wide unless told. */
export const decode = (data: Uint8Array | string, options: Partial<DecoderOptions> = {}): Decoded =>
  decoder({ mode: 'json', limitBytes: 20_000_000, maxMessages: 10_000, ...options })(record(data));

/** The reasons of a record's poison, in order. */
export const reasons = (decoded: Decoded): string[] => decoded.poison.map((poison) => poison.reason);
