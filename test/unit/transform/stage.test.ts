import { getHeapSpaceStatistics } from 'node:v8';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { breathe } from '../../../src/core/breathe.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { PoisonError } from '../../../src/core/errors.ts';
import type { Message, Transform, Transformed } from '../../../src/core/message.ts';
import { sequencePosition } from '../../../src/core/position.ts';
import { type TransformStage, transformStage } from '../../../src/transform/stage.ts';
import { collectGarbage } from '../../support/garbage.ts';

const message = (n: number): Message => ({
  bytes: Buffer.from('{}'),
  value: { n },
  at: sequencePosition(String(n), n),
  arrived: new Date(0),
});

const time = new Date('2026-01-02T03:04:05.678Z');

/** A stage whose transform is plain JavaScript: it may return anything. */
const stageOf = (
  apply: (n: number) => unknown,
  more: { limitMs?: number; sliceMs?: number; maxDocuments?: number } = {},
) =>
  transformStage({
    transform: { name: 't', apply: (each) => apply((each.value as { n: number }).n) as ReturnType<Transform['apply']> },
    limitMs: 200,
    sliceMs: 20,
    maxDocuments: 10,
    clock: systemClock,
    ...more,
  });

const all = (stage: TransformStage, messages: readonly Message[]): readonly Transformed[] => {
  const results: Transformed[] = [];
  for (let calls = 0; results.length < messages.length; calls += 1) {
    if (calls > 10_000) throw new Error('the stage stands still');
    results.push(...stage.run(messages, results.length));
  }
  return results;
};

const result = (apply: (n: number) => unknown, more = {}): Transformed | undefined =>
  all(stageOf(apply, more), [message(7)])[0];
const poisonIn = (transformed: Transformed | undefined) =>
  transformed && 'poison' in transformed ? transformed.poison : undefined;
const jsonOf = (transformed: Transformed | undefined) =>
  transformed && 'documents' in transformed ? transformed.documents.map(({ json }) => json) : undefined;

describe('documents', () => {
  it('are serialized once, with the timestamp first unless the body has one', () => {
    expect(jsonOf(result(() => [{ timestamp: time, body: { a: 1 } }]))).toEqual([
      '{"@timestamp":"2026-01-02T03:04:05.678Z","a":1}',
    ]);
    expect(jsonOf(result(() => [{ timestamp: time, body: {} }]))).toEqual([
      '{"@timestamp":"2026-01-02T03:04:05.678Z"}',
    ]);
    expect(jsonOf(result(() => [{ timestamp: time, body: { '@timestamp': 'own' } }]))).toEqual([
      '{"@timestamp":"own"}',
    ]);
    expect(jsonOf(result(() => [{ timestamp: time, body: { '@timestamp': undefined, a: 1 } }]))).toEqual([
      '{"@timestamp":"2026-01-02T03:04:05.678Z","a":1}',
    ]);
  });

  it('may be none or many, with ids or without', () => {
    expect(result(() => [])).toEqual({ documents: [] });
    const two = result(() => [
      { id: 'a', timestamp: time, body: {} },
      { timestamp: time, body: {} },
    ]);
    expect(two).toMatchObject({ documents: [{ id: 'a' }, { id: undefined }] });
  });

  it.each([['0001-01-01T00:00:00.000Z'], ['9999-12-31T23:59:59.999Z']])('may be of %s', (iso) => {
    expect(poisonIn(result(() => [{ timestamp: new Date(iso), body: {} }]))).toBeUndefined();
  });
});

const circular: Record<string, unknown> = {};
circular.self = circular;
let deep: unknown = {};
for (let i = 0; i < 100_000; i += 1) deep = [deep];

class Deleting {
  readonly id = 'a';
  readonly timestamp = time;
  get op() {
    return 'delete';
  }
}

describe('what a transform must not return becomes a dead letter', () => {
  it.each([
    ['a promise', () => Promise.resolve([]), 'transform-garbage', 'a promise'],
    ['nothing', () => undefined, 'transform-garbage', 'undefined'],
    ['an object', () => ({}), 'transform-garbage', 'object'],
    ['null in the array', () => [null], 'transform-garbage', 'null'],
    ['too much', () => Array(11).fill({ timestamp: time, body: {} }), 'transform-too-many', '11'],
    ['a sparse monster', () => Array(4_000_000_000), 'transform-too-many', '4000000000'],
    ['no timestamp', () => [{ body: {} }], 'transform-garbage', 'timestamp'],
    ['a text timestamp', () => [{ timestamp: '2026', body: {} }], 'transform-garbage', 'string'],
    ['an invalid date', () => [{ timestamp: new Date('x'), body: {} }], 'transform-garbage', 'invalid'],
    ['year 0', () => [{ timestamp: new Date('0000-12-31T23:59:59.999Z'), body: {} }], 'transform-garbage', 'years'],
    ['year 10000', () => [{ timestamp: new Date('+010000-01-01T00:00:00Z'), body: {} }], 'transform-garbage', 'years'],
    ['a rejected promise in the array', () => [Promise.reject(new Error('late'))], 'transform-garbage', 'promise'],
    ['a map as body', () => [{ timestamp: time, body: new Map([['a', 1]]) }], 'transform-garbage', 'class'],
    ['a promise as body', () => [{ timestamp: time, body: Promise.resolve() }], 'transform-garbage', 'class'],
    ['no body', () => [{ timestamp: time }], 'transform-garbage', 'body'],
    ['an array as body', () => [{ timestamp: time, body: [] }], 'transform-garbage', 'array'],
    ['its own ingest', () => [{ timestamp: time, body: { ingest: 1 } }], 'transform-garbage', 'ingest'],
    ['an unknown key', () => [{ timestamp: time, body: {}, upsert: true }], 'transform-garbage', 'upsert'],
    ['an op it does not know', () => [{ timestamp: time, body: {}, op: 'put' }], 'document-operation', 'put'],
    ['an op from a getter', () => [new Deleting()], 'document-operation', 'version'],
    ['a null id', () => [{ id: null, timestamp: time, body: {} }], 'document-id', 'null'],
    ['a number id', () => [{ id: 2 ** 60, timestamp: time, body: {} }], 'document-id', 'number'],
    ['a bigint', () => [{ timestamp: time, body: { a: 1n } }], 'transform-garbage', 'BigInt'],
    ['a circle', () => [{ timestamp: time, body: circular }], 'transform-garbage', 'circular'],
    // Node 24 cannot serialize it, later ones can.
    ['a hundred thousand levels', () => [{ timestamp: time, body: { deep } }], 'transform-garbage', ''],
    ['toJSON to text', () => [{ timestamp: time, body: { toJSON: () => 'x' } }], 'transform-garbage', 'string'],
    [
      'toJSON that hides ingest',
      () => [{ timestamp: time, body: { toJSON: () => ({ ingest: 1 }) } }],
      'transform-garbage',
      'ingest',
    ],
    [
      'a toJSON that throws',
      () => [
        {
          timestamp: time,
          body: {
            toJSON() {
              throw new Error('no');
            },
          },
        },
      ],
      'transform-garbage',
      'no',
    ],
  ])('%s', (_name, apply, reason, detail) => {
    const poison = poisonIn(result(apply));
    expect(poison).toMatchObject({ reason, subSequenceNumber: 7 });
    expect(poison?.detail).toContain(detail);
  });
});

describe('an async transform', () => {
  it('that rejects is refused like any promise, and nobody hears of the rejection', async () => {
    const unheard: unknown[] = [];
    const listen = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', listen);
    const poison = poisonIn(result(async () => Promise.reject(new Error('late'))));
    await breathe();
    process.off('unhandledRejection', listen);
    expect([poison?.reason, unheard]).toEqual(['transform-garbage', []]);
  });
});

const thrower = (thrown: unknown) => () => {
  throw thrown;
};

describe('what a transform throws', () => {
  it('as PoisonError keeps its reason and words', () => {
    expect(poisonIn(result(thrower(new PoisonError('no song'))))).toEqual({
      reason: 'transform-invalid',
      detail: 'no song',
      subSequenceNumber: 7,
    });
  });

  it.each([
    ['an error', new TypeError('x is undefined'), 'TypeError: x is undefined'],
    ['a string', 'oops', 'oops'],
    ['nothing', undefined, 'undefined'],
    ['an object without a prototype', Object.create(null), 'cannot be shown'],
    [
      'a proxy that throws on every touch',
      new Proxy({}, { get: thrower(new Error('trap')), getPrototypeOf: thrower(new Error('trap')) }),
      'cannot be shown',
    ],
    [
      'an error whose message throws',
      Object.defineProperty(new Error('x'), 'message', { get: thrower(new Error('no')) }),
      'cannot be shown',
    ],
  ])('%s is a dead letter', (_name, thrown, detail) => {
    const poison = poisonIn(result(thrower(thrown)));
    expect(poison?.reason).toBe('transform-threw');
    expect(poison?.detail).toContain(detail);
  });

  it('leaves the messages around it alone', () => {
    const stage = stageOf((n) => (n === 1 ? thrower(new Error('x'))() : [{ timestamp: time, body: { n } }]));
    const results = all(stage, [message(0), message(1), message(2)]);
    expect(results.map((each) => 'poison' in each)).toEqual([false, true, false]);
  });
});

const forever = () => {
  for (;;);
};
const busy = (ms: number) => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

describe('time', () => {
  it('of a message that never returns is limited, in apply and in toJSON, and the others get through', () => {
    const stage = stageOf(
      (n) => {
        if (n === 1) return forever();
        if (n === 3) return [{ timestamp: time, body: { toJSON: forever } }];
        return [{ timestamp: time, body: { n } }];
      },
      { limitMs: 50 },
    );
    const results = all(stage, [0, 1, 2, 3, 4].map(message));
    expect(results.map((each) => poisonIn(each)?.reason)).toEqual([
      undefined,
      'transform-timeout',
      undefined,
      'transform-timeout',
      undefined,
    ]);
    expect(jsonOf(results[4])).toEqual(['{"@timestamp":"2026-01-02T03:04:05.678Z","n":4}']);
  });

  it('of a slow but innocent message at the end of a slow run is not cut short', () => {
    const stage = stageOf(
      (n) => {
        busy(n === 2 ? 150 : 70);
        return [{ timestamp: time, body: { n } }];
      },
      { limitMs: 200, sliceMs: 10_000 },
    );
    const results = all(stage, [0, 1, 2, 3].map(message));
    expect(results.map((each) => poisonIn(each)?.reason)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('of one blocked message is up although another shard is served in between', () => {
    const stage = stageOf((n) => (n === 1 ? forever() : [{ timestamp: time, body: { n } }]), { limitMs: 30 });
    const blocked = [message(1)];
    const results = [1, 2].flatMap(() => {
      expect(stage.run([message(0)], 0)).toHaveLength(1);
      return stage.run(blocked, 0);
    });
    expect(results.map((each) => poisonIn(each)?.reason)).toEqual(['transform-timeout']);
  });

  it('of a frozen process costs no message: the second try decides', () => {
    let frozen = true;
    const stage = stageOf(
      (n) => {
        if (frozen) busy(1_000);
        return [{ timestamp: time, body: { n } }];
      },
      { limitMs: 30 },
    );
    const messages = [message(0)];
    expect(stage.run(messages, 0)).toEqual([]);
    frozen = false;
    expect(poisonIn(stage.run(messages, 0)[0])).toBeUndefined();
  });

  it('is given back after every slice', () => {
    const stage = stageOf(
      (n) => {
        busy(5);
        return [{ timestamp: time, body: { n } }];
      },
      { sliceMs: 20 },
    );
    const first = stage.run(
      Array.from({ length: 100 }, (_, n) => message(n)),
      0,
    );
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(20);
  });

  it('leaves nothing in the global scope', () => {
    const before = Object.getOwnPropertySymbols(globalThis).length;
    result(() => []);
    expect(Object.getOwnPropertySymbols(globalThis)).toHaveLength(before);
  });
});

describe('what a run leaves behind', () => {
  /** Bytes that outlived two collections of the young generation. */
  const oldBytes = (): number =>
    getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ?? Number.NaN;

  it('does not outlive it: no message and no result grows old', () => {
    const stage = stageOf((n) => [{ timestamp: time, body: { n: `${n}`.repeat(100) } }]);
    const slice = () => {
      all(
        stage,
        Array.from({ length: 1_000 }, (_, n) => message(n)),
      );
      collectGarbage({ type: 'minor' });
    };
    for (let warm = 0; warm < 20; warm += 1) slice();
    const before = oldBytes();
    for (let run = 0; run < 20; run += 1) slice();
    // Each slice is some 500 KB; kept until the one after next, it would be old by then.
    expect(oldBytes() - before).toBeLessThan(2_000_000);
  });
});

describe('any result of any transform', () => {
  it('is one entry per message, in order: documents that are JSON objects, or poison', () => {
    const document = fc.record(
      { id: fc.anything(), timestamp: fc.oneof(fc.date({ noInvalidDate: false }), fc.anything()), body: fc.anything() },
      { requiredKeys: [] },
    );
    const returned = fc.oneof(fc.anything(), fc.array(fc.oneof(document, fc.anything()), { maxLength: 4 }));
    fc.assert(
      fc.property(fc.array(returned, { maxLength: 5 }), (list) => {
        const results = all(
          stageOf((n) => list[n]),
          list.map((_, n) => message(n)),
        );
        expect(results).toHaveLength(list.length);
        for (const [n, each] of results.entries()) {
          if ('poison' in each) expect(each.poison.subSequenceNumber).toBe(n);
          else for (const { json } of each.documents) expect(JSON.parse(json)).toHaveProperty('@timestamp');
        }
      }),
    );
  });
});
