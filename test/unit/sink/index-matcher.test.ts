import { describe, expect, it } from 'vitest';
import { indexMatcher, indexNamer, indexNamesBetween } from '../../../src/sink/index-pattern.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 19);

describe('the names of a pattern', () => {
  it.each(['events-{yyyy.MM.dd}', 'a.b-{yyyy-MM-dd-HH}-v2', '{yyyyMM}-x', 'events'])(
    '%s: are known again',
    (pattern) => {
      const isOurs = indexMatcher(pattern, 'events-outside');
      for (let day = 0; day < 400; day += 1) expect(isOurs(indexNamer(pattern)(NOW_MS + day * 86_400_000))).toBe(true);
      expect(isOurs('events-outside')).toBe(true);
    },
  );

  it('are not taken for others that the same wildcard covers', () => {
    const isOurs = indexMatcher('events-{yyyy.MM.dd}', undefined);
    for (const other of ['events-v2-2026.11.21', 'events-2026.11.21-old', 'events-2026x11x21', 'events-outside'])
      expect(isOurs(other), other).toBe(false);
    expect(indexMatcher('e.x', undefined)('e-x')).toBe(false);
  });

  it('within a range are those of both its ends and all between', () => {
    expect(indexNamesBetween('e-{yyyy.MM.dd}', NOW_MS, NOW_MS + 2 * 86_400_000)).toEqual([
      'e-2026.11.21',
      'e-2026.11.22',
      'e-2026.11.23',
    ]);
    expect(indexNamesBetween('e-{yyyy.MM.dd}', NOW_MS, NOW_MS)).toEqual(['e-2026.11.21']);
    expect(indexNamesBetween('e', NOW_MS, NOW_MS + 1)).toEqual(['e']);
  });
});
