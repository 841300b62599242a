import { expect, it } from 'vitest';
import { rangeProblem, retentionProblem } from '../../../src/app/audit/range.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;

it.each([
  [-2, -1, undefined],
  [-2, 0, undefined],
  [-1, -1, '--from must lie before --to'],
  [-1, -2, '--from must lie before --to'],
  [-1, 1, '--to must not lie in the future; it is 2026-11-21T12:00:00.000Z now'],
])('a range from %i h to %i h: %s', (from, to, problem) => {
  expect(rangeProblem({ fromMs: NOW_MS + from * HOUR_MS, toMs: NOW_MS + to * HOUR_MS }, NOW_MS)).toBe(problem);
});

it('refuses what the stream has dropped, and says since when it has records', () => {
  const from = (hours: number) =>
    retentionProblem({ fromMs: NOW_MS - hours * HOUR_MS, toMs: NOW_MS }, NOW_MS, 24 * HOUR_MS);
  expect(from(24)).toBeUndefined();
  expect(from(24.1)).toMatch(
    /^--from must not lie before 2026-11-20T12:00:00.000Z: the stream keeps records for 24 h,/,
  );
});
