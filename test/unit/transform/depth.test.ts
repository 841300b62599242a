import { describe, expect, it } from 'vitest';
import { isTooDeep, MAX_LEVELS } from '../../../src/transform/depth.ts';

const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

describe('isTooDeep', () => {
  it.each([
    ['at the limit', nested(MAX_LEVELS), false],
    ['one beyond', nested(MAX_LEVELS + 1), true],
    ['objects', `${'{"a":'.repeat(1_001)}1${'}'.repeat(1_001)}`, true],
    ['many side by side', `[${Array(5_000).fill('{}').join()}]`, false],
    ['brackets in a string', JSON.stringify({ text: '['.repeat(5_000) }), false],
    ['brackets after an escaped quote', JSON.stringify({ text: `\\"${'['.repeat(5_000)}` }), false],
    ['brackets after an escaped backslash', `["\\\\",${nested(2_000)}]`, true],
    ['short text', '[[[]]]', false],
  ])('%s', (_name, json, expected) => {
    expect(isTooDeep(json)).toBe(expected);
    expect(() => JSON.parse(json)).not.toThrow();
  });
});
