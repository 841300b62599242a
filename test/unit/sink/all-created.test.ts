import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAllCreated } from '../../../src/sink/opensearch/all-created.ts';

const answer = (count: number): string =>
  JSON.stringify({ items: Array.from({ length: count }, () => ({ create: { status: 201 } })) });

describe('an answer that says that all documents were created', () => {
  it('is read as JSON.parse reads it', () => {
    for (const count of [1, 2, 1000]) expect(readAllCreated(answer(count))).toEqual(JSON.parse(answer(count)));
  });

  it('is no other text', () => {
    const text = answer(3);
    const place = fc.nat(text.length);
    fc.assert(
      fc.property(place, place, fc.string({ maxLength: 30 }), (from, to, put) => {
        const other = text.slice(0, from) + put + text.slice(Math.max(from, to));
        expect(readAllCreated(other)).toEqual(
          /^\{"items":\[(\{"create":\{"status":201\}\},?)+(?<!,)\]\}$/.test(other) ? JSON.parse(other) : undefined,
        );
      }),
    );
    for (const other of ['', '{"items":[]}', text.replace('201', '200'), text.replace('create', 'index')])
      expect(readAllCreated(other)).toBeUndefined();
  });
});
