import { describe, expect, it } from 'vitest';
import { sharedFiles } from '../../support/shared-data.ts';
import { decode, reasons } from './support.ts';

const isObject = (text: string): boolean => /^[\s]*\{/.test(text);

const files = sharedFiles('nasty/JSONTestSuite');

describe.runIf(files.length > 0)('the public JSON parsing tests', () => {
  it('read every y_ file: objects become messages, the rest is named as no object', () => {
    for (const { name, bytes } of files.filter((file) => file.name.startsWith('y_'))) {
      const decoded = decode(bytes);
      const expected = isObject(bytes.toString()) ? [] : ['decode-not-object'];
      expect([name, reasons(decoded)]).toEqual([name, expected]);
    }
  });

  it('refuse every n_ file', () => {
    for (const { name, bytes } of files.filter((file) => file.name.startsWith('n_'))) {
      const reason =
        bytes.length === 0
          ? 'decode-empty'
          : Buffer.from(bytes.toString()).equals(bytes)
            ? 'decode-json'
            : 'decode-utf8';
      expect([name, reasons(decode(bytes))]).toEqual([name, [reason]]);
    }
  });
});

describe('naughty strings', () => {
  const own = [
    '\0',
    '\u202e',
    'ﷺ',
    '👩‍👩‍👧‍👦',
    "'; DROP TABLE x; --",
    '\ud800',
    '\udfff\ud800',
    '\uffff',
    '__proto__',
    '\u2028',
  ];

  it('come through unchanged, as values and as keys', () => {
    const lists = sharedFiles('nasty/blns').map(({ bytes }): unknown => JSON.parse(bytes.toString()));
    const strings = [...own, ...lists.flat().filter((entry) => typeof entry === 'string')];
    for (const text of strings) {
      const value = decode(JSON.stringify({ text, nested: [{ [text]: text }] })).messages[0]?.value;
      expect(JSON.stringify(value)).toBe(JSON.stringify({ text, nested: [{ [text]: text }] }));
    }
  });
});
