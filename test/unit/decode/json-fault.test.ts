import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from '../../../src/decode/json-fault.ts';

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

describe('jsonFault', () => {
  it.each([
    ['{"a":1,}', 'wrong from character 7 of 8 on'],
    ['{a:1}', 'wrong from character 1 of 5 on'],
    ['{"a" 1}', 'wrong from character 5 of 7 on'],
    ['[1 2]', 'wrong from character 3 of 5 on'],
    ['[1,]', 'wrong from character 3 of 4 on'],
    ['{"a":01}', 'wrong from character 6 of 8 on'],
    ['{"a":"\t"}', 'wrong from character 6 of 9 on'],
    ['{"a":"\\x"}', 'wrong from character 6 of 10 on'],
    ['{} {}', 'wrong from character 3 of 5 on'],
    ['{"a":[1}', 'wrong from character 7 of 8 on'],
    ['{"a":[1', 'ends too early, after 7 characters'],
    ['{"a":"b', 'ends too early, after 7 characters'],
    [' ', 'ends too early, after 1 characters'],
  ])('%j: %s', (text, expected) => {
    expect(jsonFault(text)).toBe(`not JSON: ${expected.startsWith('ends') ? 'the text ' : ''}${expected}`);
  });

  it('never carries what the text says', () => {
    expect(jsonFault('{"password": hunter2}')).not.toMatch(/password|hunter/);
  });

  it('points behind a text that could still become JSON, and at the first character that cannot', () => {
    const broken = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('x', '}', ']', ',', ':', '"', '\u0001', ''))
      .map(([text, at, put]) => text.slice(0, at % (text.length + 1)) + put);
    fc.assert(
      fc.property(broken, (text) => {
        fc.pre(!parses(text));
        const at = Number(/character (\d+)/.exec(jsonFault(text))?.[1] ?? text.length);
        expect(at).toBeLessThanOrEqual(text.length);
        if (at < text.length) expect(jsonFault(text.slice(0, at))).not.toMatch(/wrong from/);
      }),
    );
  });
});
