import { isObject } from '../core/is-object.ts';
import type { Fault } from './fault.ts';
import { jsonFault } from './json-fault.ts';

const BOM = [0xef, 0xbb, 0xbf] as const;

/** `ignoreBOM` keeps a BOM in the text, where JSON refuses it: only the one in front of a record is forgiven. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes without the byte order mark that some producers put in front (RFC 8259, 8.1 lets a reader ignore it). */
export const withoutBom = (bytes: Uint8Array): Uint8Array =>
  bytes[0] === BOM[0] && bytes[1] === BOM[1] && bytes[2] === BOM[2] ? bytes.subarray(3) : bytes;

const nameOf = (value: unknown): string => {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
};

/**
 * Reads one JSON object from strict UTF-8. Keys such as `__proto__` become own properties (JSON.parse defines, it never
 * assigns), so no prototype changes. A fault names what is wrong and where, never the contents.
 */
export const readObject = (bytes: Uint8Array): { readonly value: object } | Fault => {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { reason: 'decode-utf8', detail: `not UTF-8 (${bytes.length} bytes)` };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'decode-json', detail: jsonFault(text) };
  }
  if (isObject(value)) return { value };
  return { reason: 'decode-not-object', detail: `a JSON object is expected, this is ${nameOf(value)}` };
};
