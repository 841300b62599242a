import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decoder } from '../../../src/decode/decoder.ts';
import { sharedFiles } from '../../support/shared-data.ts';
import { decode, reasons, record } from './support.ts';

const aggregate = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xf3, 0x89, 0x9a, 0xc2]), body, createHash('md5').update(body).digest()]);

describe('json', () => {
  it('makes one message of one object', () => {
    const read = decoder({ mode: 'json', limitBytes: 100, maxMessages: 1 });
    const decoded = read(record('{"a":1}', 'key'));
    expect(decoded).toEqual({
      messages: [
        {
          bytes: Buffer.from('{"a":1}'),
          value: { a: 1 },
          at: { at: 'SEQUENCE', sequenceNumber: record('').sequenceNumber, subSequenceNumber: 0 },
          arrived: new Date('2026-01-02T00:00:00Z'),
          partitionKey: 'key',
        },
      ],
      poison: [],
    });
    expect(read(record('{"a":1}')).messages[0]).not.toHaveProperty('partitionKey');
  });

  it('refuses what is JSON but no object, and says what it is', () => {
    const details = ['[1]', '1', '"secret"', 'true', 'null'].map((text) => decode(text).poison[0]);
    expect(details.map((poison) => poison?.reason)).toEqual(Array(5).fill('decode-not-object'));
    expect(details.map((poison) => poison?.detail.split('this is ')[1])).toEqual([
      'an array',
      'a number',
      'a string',
      'a boolean',
      'null',
    ]);
  });

  it('refuses bytes that are not strict UTF-8', () => {
    for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]]) {
      const data = Buffer.concat([Buffer.from('{"a":"'), Buffer.from(bytes), Buffer.from('"}')]);
      expect(reasons(decode(data))).toEqual(['decode-utf8']);
    }
  });

  it('forgives one byte order mark in front, nowhere else', () => {
    expect(decode('\ufeff{"a":1}').messages[0]?.value).toEqual({ a: 1 });
    expect(decode(gzipSync('\ufeff{"a":1}')).messages[0]?.value).toEqual({ a: 1 });
    expect(reasons(decode('\ufeff\ufeff{"a":1}'))).toEqual(['decode-json']);
    expect(decode('{"a":"\ufeff"}').messages[0]?.value).toEqual({ a: '\ufeff' });
  });

  it('keeps __proto__ and its friends as plain own properties', () => {
    const value = decode('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}').messages[0]?.value;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(Object(value))).toEqual(['__proto__', 'constructor']);
    expect(value).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('polluted');
  });

  it('survives 100,000 nested brackets, closed or not', () => {
    const deep = 100_000;
    expect(reasons(decode('['.repeat(deep)))).toEqual(['decode-json']);
    expect(reasons(decode('[{"a":'.repeat(deep)))).toEqual(['decode-json']);
    expect(reasons(decode('['.repeat(deep) + ']'.repeat(deep)))).toEqual(['decode-not-object']);
    expect(decode(`{"a":${'['.repeat(deep)}${']'.repeat(deep)}}`).messages).toHaveLength(1);
  });

  it('calls an empty record empty in every mode', () => {
    for (const mode of ['json', 'ndjson', 'raw'] as const) {
      expect(reasons(decode('', { mode }))).toEqual(['decode-empty']);
      expect(reasons(decode(gzipSync(''), { mode }))).toEqual(['decode-empty']);
    }
  });

  it('bounds plain records too', () => {
    expect(reasons(decode('{"a":12345}', { limitBytes: 10 }))).toEqual(['decode-too-large']);
    expect(decode('{"a":1234}', { limitBytes: 10 }).messages).toHaveLength(1);
  });
});

describe('gzip', () => {
  const packed = gzipSync('{"a":1}');

  it('unpacks one member or several', () => {
    expect(decode(packed).messages[0]?.value).toEqual({ a: 1 });
    expect(Buffer.from(decode(packed).messages[0]?.bytes ?? []).toString()).toBe('{"a":1}');
    const members = Buffer.concat([gzipSync('{"a"'), gzipSync(':2}')]);
    expect(decode(members).messages[0]?.value).toEqual({ a: 2 });
  });

  it('refuses what is truncated, damaged or followed by anything', () => {
    for (let length = 2; length < packed.length; length++)
      expect(reasons(decode(packed.subarray(0, length)))).toEqual(['decode-gzip']);
    for (const tail of [[0], [0, 0, 0], [1, 2], [0x1f], [0x1f, 0x8b], [...Buffer.from('{"b":2}')]])
      expect(reasons(decode(Buffer.concat([packed, Buffer.from(tail)])))).toEqual(['decode-gzip']);
    const damaged = Buffer.from(packed);
    damaged.writeUInt32LE(1, packed.length - 8);
    expect(reasons(decode(damaged))).toEqual(['decode-gzip']);
  });

  it('stops a bomb at the limit, over all members together', () => {
    expect(reasons(decode(gzipSync(Buffer.alloc(50_000_000, 0x20)), { limitBytes: 1_000_000 }))).toEqual([
      'decode-too-large',
    ]);
    const halves = Buffer.concat([gzipSync(' '.repeat(600)), gzipSync(' '.repeat(600))]);
    expect(reasons(decode(halves, { limitBytes: 1_000 }))).toEqual(['decode-too-large']);
    expect(decode(gzipSync('{"a":1}'), { limitBytes: 7 }).messages).toHaveLength(1);
  });
});

describe('ndjson', () => {
  const ndjson = (data: Uint8Array | string, maxMessages = 10) => decode(data, { mode: 'ndjson', maxMessages });

  it('numbers the events, skips blank lines and lets a bad line spoil only itself', () => {
    const bad = Buffer.concat([Buffer.from('{"a":1}\r\n\r\n \t\n{"b":\n'), Buffer.from([0xff, 0x0a])]);
    const decoded = ndjson(Buffer.concat([bad, Buffer.from('{"c":3}\n[]')]));
    expect(decoded.messages.map(({ value, at }) => [value, at.subSequenceNumber])).toEqual([
      [{ a: 1 }, 0],
      [{ c: 3 }, 3],
    ]);
    expect(decoded.poison.map(({ reason, subSequenceNumber }) => [reason, subSequenceNumber])).toEqual([
      ['decode-json', 1],
      ['decode-utf8', 2],
      ['decode-not-object', 4],
    ]);
    expect(Buffer.from(decoded.messages[1]?.bytes ?? []).toString()).toBe('{"c":3}');
    expect(decoded.poison.map(({ bytes }) => Buffer.from(bytes ?? []).toString('latin1'))).toEqual([
      '{"b":',
      '\u00ff',
      '[]',
    ]);
  });

  it('leaves the whole record to the letter where it held only one line', () => {
    expect(ndjson(gzipSync('{"b":\n')).poison).toEqual([
      { reason: 'decode-json', detail: 'not JSON: the text ends too early, after 5 characters', subSequenceNumber: 0 },
    ]);
  });

  it('refuses a record of too many lines as a whole', () => {
    expect(ndjson('{}\n{}\n\n{}\n', 3).messages).toHaveLength(3);
    const decoded = ndjson('{}\n{}\n{}\n{}', 3);
    expect([decoded.messages.length, reasons(decoded)]).toEqual([0, ['decode-too-many']]);
  });

  it('accounts for a record of nothing but blank lines', () => {
    expect(reasons(ndjson('\n \r\n\n'))).toEqual(['decode-empty']);
  });

  it('gives every non-blank line exactly one message or poison', () => {
    const line = fc.oneof(
      fc.constant(''),
      fc.json(),
      fc.string().map((text) => text.replaceAll('\n', ' ')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const { messages, poison } = ndjson(lines.join('\n'));
        const filled = lines.filter((text) => /[^ \t\r\n]/.test(text)).length;
        const numbers = [
          ...messages.map((message) => message.at.subSequenceNumber),
          ...poison.map((p) => p.subSequenceNumber),
        ];
        expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: Math.max(filled, 1) }, (_, index) => index));
      }),
    );
  });
});

describe('raw', () => {
  it('hands the unpacked bytes on, whatever they are', () => {
    const bytes = Buffer.from([0, 0xff, 1]);
    expect(decode(bytes, { mode: 'raw' }).messages[0]).toMatchObject({ bytes, value: undefined });
    const unpacked = decode(gzipSync(bytes), { mode: 'raw' }).messages[0]?.bytes;
    expect(Buffer.from(unpacked ?? [])).toEqual(bytes);
  });
});

describe('an aggregate of the KPL', () => {
  it('is named in every mode', () => {
    for (const mode of ['json', 'ndjson', 'raw'] as const)
      expect(reasons(decode(aggregate(Buffer.from([1])), { mode }))).toEqual(['decode-kpl']);
  });

  it('is only taken for one when its digest fits and something stands before it', () => {
    expect(reasons(decode(aggregate(Buffer.alloc(0))))).toEqual(['decode-utf8']);
    const broken = aggregate(Buffer.from('abc'));
    broken[5] = 0;
    expect(reasons(decode(broken))).toEqual(['decode-utf8']);
    expect(decode(broken, { mode: 'raw' }).messages).toHaveLength(1);
  });

  const samples = sharedFiles('kinesis_payloads/kpl');
  it.runIf(samples.length > 0)('is recognised in the public samples', () => {
    const found = samples
      .flatMap(({ bytes }) => [...bytes.toString('latin1').matchAll(/"(84mawg[\w+/=]+)"/g)])
      .map((match) => reasons(decode(Buffer.from(match[1] ?? '', 'base64'))));
    expect(found).toEqual([['decode-kpl'], ['decode-kpl']]);
  });
});

describe('any bytes', () => {
  it('become messages or poison, never an exception', () => {
    const data = fc.oneof(
      fc.uint8Array(),
      fc.string().map((text) => Buffer.from(text)),
      fc.uint8Array().map((bytes) => Buffer.concat([Buffer.from([0x1f, 0x8b]), bytes])),
      fc.uint8Array().map((bytes) => gzipSync(bytes)),
      fc.uint8Array().map((bytes) => aggregate(Buffer.from(bytes))),
    );
    fc.assert(
      fc.property(data, fc.constantFrom('json' as const, 'ndjson' as const, 'raw' as const), (bytes, mode) => {
        const { messages, poison } = decode(bytes, { mode });
        expect(messages.length + poison.length).toBeGreaterThan(0);
      }),
    );
  });

  it('come back as the value that was written, plain or packed', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(object, fc.boolean(), (written, pack) => {
        const text = JSON.stringify(written);
        expect(decode(pack ? gzipSync(text) : text).messages[0]?.value).toEqual(JSON.parse(text));
      }),
    );
  });
});
