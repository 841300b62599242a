import { gunzipSync, type InputType, type ZlibOptions } from 'node:zlib';
import { describe } from '../core/errors.ts';
import type { Fault } from './fault.ts';

/** With `info: true` Node returns the engine too; its own types know only the plain form. */
interface Unpacked {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

const unpack = gunzipSync as unknown as (input: InputType, options: ZlibOptions) => Unpacked;

/** Tells a gzip member by its magic (RFC 1952, 2.3.1). No JSON text and no UTF-8 text starts with these bytes. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/**
 * Unpacks one or several gzip members (RFC 1952, 2.2) into at most `limitBytes`; what stands behind them must be nothing.
 * zlib itself forgives zero bytes there, so the bytes it consumed are counted.
 */
export const gunzip = (bytes: Uint8Array, limitBytes: number): Uint8Array | Fault => {
  try {
    const { buffer, engine } = unpack(bytes, { maxOutputLength: limitBytes, info: true });
    if (engine.bytesWritten === bytes.length) return buffer;
    return {
      reason: 'decode-gzip',
      detail: `gzip: bytes behind the end, from byte ${engine.bytesWritten} of ${bytes.length}`,
    };
  } catch (thrown) {
    if (thrown instanceof RangeError && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE')
      return { reason: 'decode-too-large', detail: `gzip: unpacks to more than ${limitBytes} bytes` };
    return { reason: 'decode-gzip', detail: `gzip: ${describe(thrown)} (${bytes.length} bytes)` };
  }
};
