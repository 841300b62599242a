import { describe, expect, it } from 'vitest';
import { type Asked, termsOf } from '../../../../src/app/replay/terms.ts';
import { loadConfig } from '../../../../src/config/load.ts';

const configOf = (env: Readonly<Record<string, string>> = {}) =>
  loadConfig({
    env: {
      SHARDLINE_APPLICATION: 'music',
      SHARDLINE_STREAM: 'events',
      SHARDLINE_OPENSEARCH_NODE: 'http://localhost:9200',
      SHARDLINE_OPENSEARCH_AUTH: 'none',
      SHARDLINE_DEAD_LETTER_TO: 'file:./letters',
      ...env,
    },
    cwd: '/nowhere',
  }).config;

const NOW_MS = Date.UTC(2026, 0, 3);
const ASKED: Asked = { from: '2026-01-02T03:00:00Z', to: '2026-01-02T04:00:00Z', into: 'music-v2-{yyyy.MM.dd}' };
const terms = (asked: Partial<Asked> = {}, env: Readonly<Record<string, string>> = {}) =>
  termsOf({ ...ASKED, ...asked }, configOf(env), NOW_MS);

describe('the terms of a replay', () => {
  it('have names of their own, never those of the live application', () => {
    const { application, range, apart, config } = terms();
    expect(application).toMatch(/^music-replay-[0-9a-f]{8}$/);
    expect(range).toEqual({ fromMs: Date.UTC(2026, 0, 2, 3), toMs: Date.UTC(2026, 0, 2, 4) });
    expect(apart).toBe(true);
    expect(config).toMatchObject({
      application,
      index: 'music-v2-{yyyy.MM.dd}',
      stream: 'events',
      start: { at: 'AT_TIMESTAMP', timestampMs: range.fromMs - 60_000 },
    });
    expect(terms({ into: undefined, sameIndices: true })).toMatchObject({
      apart: false,
      config: { index: 'music-events-{yyyy.MM.dd}' },
    });
    expect(terms({ name: 'bug-17' }).application).toBe('music-replay-bug-17');
  });

  it('have the same name for the same command, and another for another', () => {
    const names = [
      terms(),
      terms({ from: '2026-01-02T04:00:00+01:00' }),
      terms({ to: '2026-01-02T04:00:01Z' }),
      terms({ into: 'music-v3-{yyyy.MM.dd}' }),
      terms({}, { SHARDLINE_TRANSFORM: './fixed.ts' }),
    ].map(({ application }) => application);
    expect(names[1]).toBe(names[0]);
    expect(new Set(names).size).toBe(4);
  });

  it('never write into the live index of what lies outside the window', () => {
    const outside = { SHARDLINE_INDEX_WINDOW_OUTSIDE: 'music-odd' };
    const indexOf = (asked: Partial<Asked>) => terms(asked, outside).config.indexWindow.outside.index;
    expect(indexOf({})).toBe('music-v2-outside');
    expect(indexOf({ into: 'music-v2' })).toBe('music-v2-outside');
    expect(indexOf({ into: undefined, sameIndices: true })).toBe('music-odd');
    expect(terms().config.indexWindow.outside.index).toBeUndefined();
  });

  it.each<[string, Partial<Asked>, RegExp]>([
    [
      'a time without its zone',
      { from: '2026-01-02T03:00:00' },
      /--from 2026-01-02T03:00:00: expected an ISO-8601 time/,
    ],
    ['a place that is no time', { to: 'LATEST' }, /--to LATEST: expected an ISO-8601 time/],
    ['an end before its beginning', { to: '2026-01-02T03:00:00Z' }, /is not after --from/],
    ['an end that is still to come', { to: '2026-01-03T00:00:01Z' }, /lies in the future/],
    ['no indices', { into: undefined }, /--into PATTERN .* or --same-indices .*id-conflict/],
    ['both indices', { sameIndices: true }, /exclude each other/],
    ['a pattern that is none', { into: 'Music-{dd}' }, /--into Music-\{dd\}: expected/],
    ['the live pattern', { into: 'music-events-{yyyy.MM.dd}' }, /of the live pattern music-events-.*--same-indices/],
    ['one index of the live pattern', { into: 'music-events-2026.01.05' }, /of the live pattern/],
    ['an alias that is one of its indices', { alias: 'music-v2-2026.01.01' }, /--alias/],
    ['an alias that is no name', { alias: '_all' }, /--alias/],
    ['an alias for the live indices', { into: undefined, sameIndices: true, alias: 'music' }, /--alias is of no use/],
    ['a name for no table', { name: 'a b' }, /--name a b: expected/],
    ['a name too long for a table', { name: 'n'.repeat(250) }, /255 characters/],
  ])('refuse %s', (_what, asked, message) => {
    expect(() => terms(asked)).toThrow(message);
    expect(() => terms(asked)).toThrow(expect.objectContaining({ code: 'SHARDLINE_USAGE' }));
  });

  it('refuse the index of what lies outside the window too', () => {
    expect(() => terms({ into: 'music-odd' }, { SHARDLINE_INDEX_WINDOW_OUTSIDE: 'music-odd' })).toThrow(/live pattern/);
  });
});
