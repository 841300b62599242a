import { describe, expect, it } from 'vitest';
import {
  deletionAgeMs,
  judgePolicy,
  judgeWindow,
  type PolicyFacts,
  type WindowFacts,
} from '../../../src/doctor/retention.ts';
import { datedWildcard, indicesWithin, matchesWildcard, periodOf } from '../../../src/sink/index-pattern.ts';
import { policyBody } from '../../../src/sink/opensearch/ism.ts';

const DAY = 86_400_000;
const DAILY: WindowFacts = { pastMs: 30 * DAY, periodMs: DAY, retention: undefined, warmAfterMs: undefined };
const keptFor = (days: number) => ({ ms: days * DAY, by: 'opensearch.retention' });

describe('how late events may come, against how long indices live', () => {
  it.each([
    [{}, 'ok', /nothing we know of/],
    [{ retention: keptFor(31) }, 'ok', /31 d/],
    [{ retention: keptFor(30) }, 'warn', /the latest events/],
    [{ retention: keptFor(29) }, 'fail', /twice/],
    [{ retention: keptFor(3_650), pastMs: Number.POSITIVE_INFINITY }, 'fail', /unlimited/],
    [{ warmAfterMs: 31 * DAY }, 'ok', /nothing/],
    [{ warmAfterMs: 30 * DAY }, 'fail', /dead letters/],
    [{ warmAfterMs: 7 * DAY, retention: keptFor(90) }, 'fail', /7 d \(opensearch\.warm_after\)/],
    [{ warmAfterMs: 7 * DAY, retention: keptFor(90), pastMs: 6 * DAY }, 'ok', /90 d/],
    [{ retention: keptFor(40), periodMs: 31 * DAY }, 'warn', /keep|latest/],
  ] as const)('%j: %s', (more, state, message) => {
    const judged = judgeWindow({ ...DAILY, ...more });
    expect(judged).toMatchObject({ check: 'index-window', state });
    expect(judged.message).toMatch(message);
  });
});

describe('how much time an index covers', () => {
  it.each([
    ['e-{yyyy.MM.dd}', { leastMs: DAY, mostMs: DAY }, 32],
    ['e-{yyyy-MM-dd-HH}', { leastMs: DAY / 24, mostMs: DAY / 24 }, 31 * 24 + 1],
    ['e-{yyyy.MM}', { leastMs: 28 * DAY, mostMs: 31 * DAY }, 3],
    ['e-{yyyy}', { leastMs: 365 * DAY, mostMs: 366 * DAY }, 2],
    ['e', undefined, 1],
  ])('%s', (pattern, period, indices) => {
    expect(periodOf(pattern)).toEqual(period);
    expect(indicesWithin(pattern, 31 * DAY)).toBe(indices);
    expect(indicesWithin(pattern, Number.POSITIVE_INFINITY)).toBe(period ? Number.POSITIVE_INFINITY : 1);
  });
});

describe('what a policy covers', () => {
  it.each([
    ['e-{yyyy.MM.dd}', 'e-*.*.*', ['e-2026.01.02'], ['e-outside', 'e-2026.01', 'x-2026.01.02']],
    ['e-{yyyyMMdd}', 'e-*', ['e-20260102', 'e-outside'], ['f-20260102']],
    ['e.{yyyy-MM}-x', 'e.*-*-x', ['e.2026-01-x'], ['ee2026-01-x', 'e.2026-01-xy']],
    ['e', 'e', ['e'], ['ee']],
  ])('%s: %s', (pattern, wildcard, covered, others) => {
    expect(datedWildcard(pattern)).toBe(wildcard);
    for (const name of covered) expect(matchesWildcard(name, wildcard), name).toBe(true);
    for (const name of others) expect(matchesWildcard(name, wildcard), name).toBe(false);
  });
});

const policy = (deleteAfter: string | undefined, warmAfter?: string) =>
  policyBody({ name: 'e', indexPatterns: ['e-*'], deleteAfter, warmAfter }).policy;

describe('an ISM policy', () => {
  it('deletes at the age that was asked for, or never', () => {
    expect(deletionAgeMs(policy('30d'))).toBe(30 * DAY);
    expect(deletionAgeMs(policy('90d', '7d'))).toBe(90 * DAY);
    expect(deletionAgeMs(policy(undefined, '7d'))).toBeUndefined();
    for (const nonsense of [undefined, null, 'x', {}, { states: {} }, { states: [null, { transitions: [1] }] }])
      expect(deletionAgeMs(nonsense)).toBeUndefined();
  });

  it('is told from others, also in another unit of time, and from none', () => {
    const facts: PolicyFacts = { name: 'e', wanted: policy('30d'), found: undefined, isOurs: true, indices: [] };
    const found = { ...policy('720h'), policy_id: 'e', schema_version: 1 };
    expect(judgePolicy(facts)).toMatchObject({ state: 'warn' });
    expect(judgePolicy({ ...facts, found })).toMatchObject({ state: 'ok' });
    expect(judgePolicy({ ...facts, wanted: undefined })).toMatchObject({ state: 'ok' });
    expect(judgePolicy({ ...facts, wanted: undefined, found })).toMatchObject({ state: 'warn' });
    expect(judgePolicy({ ...facts, found: { states: 'none' }, isOurs: false })).toMatchObject({ state: 'fail' });
  });
});
