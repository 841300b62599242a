import { gzipSync } from 'node:zlib';
import { event } from './event.ts';
import { sharedFile, sharedFiles } from './shared-data.ts';

/** A record and what must become of it: a document with this id, or a letter with one of these reasons. */
export interface Nasty {
  readonly name: string;
  readonly data: Uint8Array;
  readonly becomes:
    | { readonly id: string; readonly texts?: Readonly<Record<string, string>> }
    | { readonly reasons: RegExp };
}

/** Strings that break naive code; the public list beside them when it is there. */
const naughtyStrings = (): readonly string[] => {
  const own = [
    'undefined',
    '\u0000',
    'a\u0000b',
    '\ud800',
    'x\udfffy',
    '\ud83d\ude00 \u202e right to left',
    'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334',
    '\ufeff byte order mark',
    '\u2028 and \u2029',
    '{"create":{"_index":"evil"}}\n{"a":1}\n',
    '"; DROP TABLE leases; --',
    '<script>alert(1)</script>',
    '../../../../etc/passwd%00.html',
    'line\r\nbreak\ttab\u001b[31mred',
    'x'.repeat(40_000),
  ];
  const list = sharedFile('nasty/blns/blns.json');
  const listed = list ? (JSON.parse(list.toString()) as string[]) : [];
  return [...own, ...listed].filter((text) => text !== '');
};

const suiteFiles = (): readonly Nasty[] =>
  sharedFiles('nasty/JSONTestSuite', '').map(({ name, bytes }) => ({
    name,
    data: bytes,
    becomes: { reasons: name.startsWith('y_') ? /^(decode-not-object|transform-invalid)$/ : /^decode-/ },
  }));

const text = (name: string, data: string, reasons: RegExp): Nasty => ({
  name,
  data: Buffer.from(data),
  becomes: { reasons },
});
const bytes = (name: string, data: Uint8Array, reasons: RegExp): Nasty => ({ name, data, becomes: { reasons } });
const sound = (name: string, id: string, more: Readonly<Record<string, unknown>> = {}): Nasty => ({
  name,
  data: Buffer.from(event(id, more)),
  becomes: { id },
});

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const eventWith = (id: string, rawFields: string) => `${event(id).slice(0, -1)},${rawFields}}`;

/** Every class of bad input, and some good input that looks bad. */
export const nastyRecords = (): readonly Nasty[] => [
  ...naughtyStrings().map((value, i) => ({
    name: `naughty string ${i}: ${JSON.stringify(value).slice(0, 60)}`,
    data: Buffer.from(event(`naughty-${i}`, { artist: value, song: value })),
    becomes: { id: `naughty-${i}`, texts: { 'artist.name': value, 'song.title': value } },
  })),
  ...suiteFiles(),
  bytes('an empty record', Buffer.alloc(0), /^decode-empty$/),
  bytes('bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), /^decode-utf8$/),
  bytes('an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22]), /^decode-utf8$/),
  bytes('a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), /^decode-utf8$/),
  bytes('UTF-16', Buffer.from('\ufeff{}', 'utf16le'), /^decode-utf8$/),
  text('a number', '42', /^decode-not-object$/),
  text('an array', '[{}]', /^decode-not-object$/),
  text('null', 'null', /^decode-not-object$/),
  text('an object cut short', event('cut').slice(0, -5), /^decode-json$/),
  text('two objects', '{}{}', /^decode-json$/),
  text('an object that is no event', '{"hello":"world"}', /^transform-invalid$/),
  text('a hundred thousand brackets', nested(100_000), /^decode-/),
  text(
    'a hundred thousand brackets in an event',
    eventWith('deep', `"deep":${nested(100_000)}`),
    /^(decode|transform|sink)-/,
  ),
  text('a hundred thousand open brackets', '['.repeat(100_000), /^decode-json$/),
  text('no timestamp', '{"event_id":"n","event_type":"play"}', /^transform-invalid$/),
  text('a timestamp that is none', eventWith('t', '"timestamp":"yesterday"'), /^transform-invalid$/),
  text('a timestamp beyond all dates', eventWith('t', '"timestamp":1e300'), /^transform-invalid$/),
  text('an id beyond 2^53', '{"event_id":9007199254740993,"event_type":"play","timestamp":1}', /^transform-invalid$/),
  text('a null id', '{"event_id":null,"event_type":"play","timestamp":1}', /^transform-invalid$/),
  text('an id of 513 bytes', event('x'.repeat(513)), /^document-id$/),
  text('an id of 171 three-byte letters', event('€'.repeat(171)), /^document-id$/),
  text('half a surrogate pair as id', event('half \ud800'), /^document-id$/),
  text('year 9999', event('y9999', { timestamp: '9999-12-31T23:59:59.999Z' }), /^index-window$/),
  bytes('gzip that bursts', gzipSync(Buffer.alloc(64 * 1024 * 1024)), /^decode-too-large$/),
  bytes('gzip cut short', gzipSync(event('cut-gzip')).subarray(0, -6), /^decode-gzip$/),
  bytes('gzip of nothing', gzipSync(''), /^decode-empty$/),
  bytes('a mebibyte of noise', Buffer.alloc(1_048_570, 0xab), /^decode-/),
  { name: 'gzip of an event', data: gzipSync(event('zipped')), becomes: { id: 'zipped' } },
  { name: 'year 1', data: Buffer.from(event('y1', { timestamp: '0001-01-01T00:00:00Z' })), becomes: { id: 'y1' } },
  sound('an id of 512 bytes', 'y'.repeat(512)),
  sound('an id with NUL', 'nul \u0000 id'),
  sound('a mebibyte of an event', 'large', { note: 'x'.repeat(1_048_000) }),
  sound(
    'ten thousand unknown fields',
    'wide',
    Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, i])),
  ),
  {
    name: 'keys that reach for prototypes',
    data: Buffer.from(
      eventWith('proto', '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1'),
    ),
    becomes: { id: 'proto' },
  },
];
