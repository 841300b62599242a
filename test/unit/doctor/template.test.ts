import { describe, expect, it } from 'vitest';
import { judgeIndex, judgeTemplate } from '../../../src/doctor/template.ts';

const wanted = {
  index_patterns: ['i-*'],
  priority: 300,
  version: 2,
  _meta: { managed_by: 'shardline' },
  template: {
    settings: { number_of_shards: 1, number_of_replicas: 0 },
    mappings: { dynamic: false, properties: { at: { type: 'date' }, song: { type: 'object', enabled: false } } },
  },
};

/** As OpenSearch gives it back: settings below `index` and as text, no type for objects. */
const stored = (change: { version?: number; type?: string; replicas?: string; patterns?: string[] } = {}) => ({
  index_patterns: change.patterns ?? ['i-*'],
  composed_of: [],
  priority: 300,
  version: change.version ?? 2,
  template: {
    settings: { index: { number_of_shards: '1', number_of_replicas: change.replicas ?? '0' } },
    mappings: { dynamic: 'false', properties: { at: { type: change.type ?? 'date' }, song: { enabled: false } } },
  },
});

const judge = (found: unknown, mode: 'create' | 'off' = 'create') => judgeTemplate({ name: 'i', mode, wanted, found });

describe('the doctor on index templates', () => {
  it('finds no difference in what OpenSearch makes of the same template', () => {
    expect(judge(stored())).toEqual({
      check: 'opensearch-template',
      state: 'ok',
      message: 'index template "i" is as this configuration makes it',
    });
  });

  it('says what becomes of a missing or an older one', () => {
    expect(judge(undefined)).toMatchObject({ state: 'ok', message: expect.stringContaining('a worker makes it') });
    expect(judge(undefined, 'off')).toMatchObject({ state: 'warn', diff: expect.arrayContaining(['+ priority: 300']) });
    expect(judge(stored({ version: 1 }))).toMatchObject({
      state: 'ok',
      message: expect.stringContaining('replaces it'),
      diff: ['- version: 1', '+ version: 2'],
    });
    expect(judge(stored({ version: 1 }), 'off')).toMatchObject({ state: 'warn' });
    expect(judge(stored({ version: 3 }))).toMatchObject({ state: 'warn', message: expect.stringContaining('newer') });
  });

  it('shows each difference of one with our version', () => {
    expect(judge(stored({ replicas: '1' }))).toMatchObject({
      state: 'warn',
      diff: ['- index.number_of_replicas: 1', '+ index.number_of_replicas: 0'],
    });
    expect(judge(stored({ type: 'keyword' }))).toMatchObject({
      state: 'fail',
      diff: ['- mappings.properties.at.type: keyword', '+ mappings.properties.at.type: date'],
    });
    expect(judge(stored({ patterns: ['j-*'] }))).toMatchObject({ state: 'fail' });
  });

  it('shows what is there beyond, and cuts what nobody would read', () => {
    const more = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`f${i}`, { type: 'keyword' }]));
    const found = stored();
    Object.assign(found.template.mappings.properties, more, { long: { type: 'x'.repeat(500) } });
    const { diff = [] } = judge(found);
    expect(diff).toHaveLength(41);
    expect(diff.at(-1)).toBe('  and 51 lines more');
  });
});

describe("the doctor on today's index", () => {
  const judged = (found: Parameters<typeof judgeIndex>[0]['found']) =>
    judgeIndex({ index: 'i-1', wanted: wanted.template, found });

  it('minds no field that came by itself, nor settings of the cluster', () => {
    const { settings, mappings } = stored().template;
    const found = {
      settings: { index: { ...settings.index, uuid: 'x', creation_date: '1' } },
      mappings: { ...mappings, properties: { ...mappings.properties, more: { type: 'long' } } },
    };
    expect(judged(found)).toMatchObject({ state: 'ok' });
    expect(judged(undefined)).toMatchObject({ state: 'ok', message: 'i-1 is not there yet' });
  });

  it('warns of what is missing, and fails for another type', () => {
    const { settings, mappings } = stored().template;
    const { at: _, ...others } = mappings.properties;
    expect(judged({ settings, mappings: { ...mappings, properties: others } })).toMatchObject({
      state: 'warn',
      diff: ['+ mappings.properties.at.type: date'],
    });
    expect(judged(stored({ type: 'text' }).template)).toMatchObject({
      state: 'fail',
      diff: ['- mappings.properties.at.type: text', '+ mappings.properties.at.type: date'],
    });
    expect(judged({})).toMatchObject({ state: 'warn' });
  });
});
