import { gzipSync } from 'node:zlib';
import type { Reason } from '../../src/core/reasons.ts';
import { eventOf } from './matrix.ts';

/** A record of a storm, and what must become of it. */
export interface StormEvent {
  readonly data: Uint8Array | string;
  readonly becomes: { readonly id: string; readonly day: string } | { readonly reason: Reason };
}

const POISON_EVERY = 100;
/** In base64 it is more than a message of SQS holds. */
const LARGE = 'x'.repeat(900_000);

const POISON: readonly ((n: number) => { readonly data: Uint8Array | string; readonly reason: Reason })[] = [
  (n) => ({ data: `poison ${n}`, reason: 'decode-json' }),
  (n) => ({ data: eventOf(`p${n}`, { text: '', n: 'no number' }), reason: 'sink-rejected' }),
  (n) => ({ data: gzipSync(eventOf(`p${n}`)).subarray(0, -6), reason: 'decode-gzip' }),
  (n) => ({ data: eventOf(`p${n}`, { text: '', day: '9999-12-31' }), reason: 'index-window' }),
  (n) => ({ data: eventOf(`p${n}`, { text: '', day: 'no day' }), reason: 'transform-garbage' }),
];

/** The record with this number: events spread over five days, and among them poison of every kind. */
export const stormEvent = (n: number): StormEvent => {
  const make = n % POISON_EVERY === 7 ? POISON[Math.floor(n / POISON_EVERY) % POISON.length] : undefined;
  if (make) {
    const { data, reason } = make(n);
    return { data, becomes: { reason } };
  }
  if (n % 10_000 === 5_000) return { data: `poison ${n} ${LARGE}`, becomes: { reason: 'decode-json' } };
  const day = `2026-01-0${(n % 5) + 1}`;
  return { data: eventOf(`e${n}`, { text: '', n, day }), becomes: { id: `e${n}`, day } };
};
