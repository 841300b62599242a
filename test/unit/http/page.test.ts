import { describe, expect, it } from 'vitest';
import { duration } from '../../../src/http/page.ts';

describe('a duration for the eye', () => {
  it.each([
    [undefined, ''],
    [-1, '0.0 s'],
    [0.44, '0.4 s'],
    [59.6, '60 s'],
    [180, '3 min'],
    [18_000, '5 h'],
    [259_200, '3 d'],
  ])('writes %s as %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});
