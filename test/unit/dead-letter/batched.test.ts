import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchedDeadLetters, type Wire } from '../../../src/dead-letter/batched.ts';
import { batches } from '../../../src/dead-letter/batches.ts';
import { envelope, POINTER_MOST_BYTES, pointer } from '../../../src/dead-letter/envelope.ts';
import { fewAtOnce } from '../../../src/dead-letter/few-at-once.ts';
import { bodyKey, lettersKey } from '../../../src/dead-letter/keys.ts';
import type { Store } from '../../../src/dead-letter/store.ts';
import { manualClock } from '../../support/clock.ts';
import { letter } from '../../support/letter.ts';

const never = new AbortController().signal;

describe('requests of letters', () => {
  it('hold every letter once, in order, within the limits, and none that could have been spared', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 100 }));
    fc.assert(
      fc.property(sizes, fc.integer({ min: 100, max: 300 }), fc.integer({ min: 1, max: 5 }), (all, bytes, count) => {
        const parted = batches(
          all.map((each) => ({ bytes: each })),
          { letterBytes: 100, requestBytes: bytes, requestLetters: count },
        ).map((request) => request.map((each) => each.bytes));
        expect(parted.flat()).toEqual(all);
        const sum = (request: readonly number[]) => request.reduce((a, b) => a + b, 0);
        for (const [i, request] of parted.entries()) {
          expect(request.length).toBeGreaterThan(0);
          expect(request.length).toBeLessThanOrEqual(count);
          expect(sum(request)).toBeLessThanOrEqual(bytes);
          const [next] = parted[i + 1] ?? [];
          if (next !== undefined) expect(request.length === count || sum(request) + next > bytes).toBe(true);
        }
      }),
    );
  });

  it('are under way only a few at once', async () => {
    let now = 0;
    let most = 0;
    const results = await fewAtOnce([...Array(50).keys()], 8, async (n) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      return n * 2;
    });
    expect(most).toBe(8);
    expect(results).toEqual(Array.from({ length: 50 }, (_, n) => n * 2));
  });
});

describe('a request that is refused whole', () => {
  const nowhere: Store = {
    put: async () => {
      throw new Error('nothing is too large here');
    },
    check: async () => undefined,
    close: () => {},
  };
  const refusing = (poison: (text: string) => boolean) => {
    const taken: string[] = [];
    let requests = 0;
    const wire: Wire = {
      limits: async () => ({ letterBytes: 40_000, requestBytes: 1_000_000, requestLetters: 16 }),
      async send(texts) {
        requests += 1;
        if (texts.some(poison)) return { refused: 'one of them is bad' };
        taken.push(...texts);
        return { unkept: texts.map(() => undefined) };
      },
      check: async () => undefined,
      close: () => {},
    };
    const target = batchedDeadLetters({ wire, bodies: nowhere, application: 'app', clock: manualClock() });
    return { target, taken, requests: () => requests };
  };
  const letters = Array.from({ length: 16 }, (_, n) => letter(n));

  it('is halved until the guilty letter stands alone; the others are kept, once each', async () => {
    const { target, taken, requests } = refusing((text) => text.includes('"sequence_number":"5"'));
    const unkept = await target.put(letters, never);
    expect(unkept).toEqual(letters.map((_, n) => (n === 5 ? 'one of them is bad' : undefined)));
    expect(taken).toHaveLength(15);
    expect(requests()).toBe(9);
  });

  it('is told of every letter when all of them are', async () => {
    const { target, taken } = refusing(() => true);
    expect(await target.put(letters, never)).toEqual(letters.map(() => 'one of them is bad'));
    expect(taken).toEqual([]);
  });
});

describe('a pointer', () => {
  it('fits wherever letters go, whatever its letter says', () => {
    const worst = letter(1, {
      message: '\u0001'.repeat(100_000),
      answer: '\ud800'.repeat(100_000),
      partitionKey: '\u0001'.repeat(256),
      stream: 's'.repeat(128),
      shard: 's'.repeat(128),
      sequenceNumber: '9'.repeat(128),
      index: 'ä'.repeat(127),
      raw: Buffer.alloc(1_000_000),
    });
    const text = pointer(worst, 'a'.repeat(255), new Date(0), `s3://${'b'.repeat(63)}/${'k'.repeat(1_024)}`);
    expect(Buffer.byteLength(text)).toBeLessThan(POINTER_MOST_BYTES);
    expect(Object.keys(JSON.parse(text))).not.toContain('raw');
  });

  it('says the same as the whole letter, but for what it leaves out', () => {
    const one = letter(1, { document: '{"a":1}', index: 'i', answer: 'no' });
    const { raw, document, ...head } = JSON.parse(envelope(one, 'app', new Date(0)));
    expect(JSON.parse(pointer(one, 'app', new Date(0), 's3://b/k'))).toEqual({ ...head, body: 's3://b/k' });
  });
});

describe('keys in a bucket', () => {
  const letters = [letter(1), letter(2)] as const;

  it('tell the day of arrival, the reason and the shard', () => {
    const folder = 'date=2023-11-14/reason=decode-json/shard=shardId-000000000000';
    expect(lettersKey(letters, 'app')).toMatch(new RegExp(`^letters/${folder}/1-[0-9a-f]{16}\\.ndjson$`));
    expect(bodyKey(letters[0], 'app')).toMatch(new RegExp(`^bodies/${folder}/1-[0-9a-f]{16}\\.json$`));
  });

  it('are the same for the same letters of the same application, and for no others', () => {
    expect(lettersKey([letter(1), letter(2)], 'app')).toBe(lettersKey(letters, 'app'));
    const others = [
      lettersKey([letter(1)], 'app'),
      lettersKey([letter(1), letter(3)], 'app'),
      lettersKey(letters, 'b'),
    ];
    expect(new Set([...others, lettersKey(letters, 'app')]).size).toBe(4);
    expect(bodyKey(letter(1), 'app')).not.toBe(bodyKey(letter(1, { ordinal: 1 }), 'app'));
  });
});
