import { describe, expect, it } from 'vitest';
import { isIndexPattern } from '../../../src/config/index-pattern.ts';

describe('isIndexPattern', () => {
  it.each([
    'music-events-{yyyy.MM.dd}',
    'music-events',
    'a{yyyy}',
    'a-{yyyyMMddHH}-b',
    'a-{dd-MM-yyyy}',
    '{yyyy.MM}-plays',
    'événements-{yyyy_MM}',
  ])('takes %s', (pattern) => expect(isIndexPattern(pattern)).toBe(true));

  it.each([
    '',
    '.hidden',
    '_private',
    '-x',
    '+x',
    'Music',
    'a b',
    'a\u0001b',
    'a,b',
    'a*',
    'a?',
    'a"b',
    'a<b',
    'a>b',
    'a|b',
    'a\\b',
    'a/b',
    'a#b',
    'a:b',
    'a{',
    'a}',
    'a{}',
    'a{YYYY}',
    'a{MM.dd}',
    'a{yyyy.dd}',
    'a{yyyy.yyyy}',
    'a{yyyy/MM}',
    'a{yyyy}{MM}',
    '{yyyy.MM.dd}',
    '-{yyyy}',
    `a${'b'.repeat(255)}`,
  ])('refuses %s', (pattern) => expect(isIndexPattern(pattern)).toBe(false));
});
