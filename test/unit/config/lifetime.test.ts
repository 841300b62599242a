import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/config/problem.ts';
import { showConfig } from '../../../src/config/show.ts';

const REQUIRED = {
  SHARDLINE_APPLICATION: 'music-events',
  SHARDLINE_STREAM: 'music-events',
  SHARDLINE_OPENSEARCH_NODE: 'http://localhost:9200',
  SHARDLINE_OPENSEARCH_AUTH: 'none',
  SHARDLINE_DEAD_LETTER_TO: 'file:./letters',
};

const load = (env: Record<string, string>) => loadConfig({ env: { ...REQUIRED, ...env }, cwd: '/' }).config;

const problems = (env: Record<string, string>): readonly string[] => {
  try {
    load(env);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return thrown.problems.map(({ path, expected }) => `${path}: ${expected}`);
  }
};

const RETENTION = { SHARDLINE_OPENSEARCH_RETENTION: '30d' };
const WARM = { SHARDLINE_OPENSEARCH_WARM_AFTER: '7d' };

describe('how long indices live', () => {
  it('is nobody’s business unless it is said', () => {
    const { opensearch } = load({});
    expect(opensearch).toMatchObject({ retentionMs: undefined, warmAfterMs: undefined });
    expect(load({ ...RETENTION, ...WARM }).opensearch).toMatchObject({
      retentionMs: 2_592_000_000,
      warmAfterMs: 604_800_000,
    });
  });

  it.each([
    [{ ...RETENTION, SHARDLINE_OPENSEARCH_WARM_AFTER: '30d' }, [/^opensearch\.warm_after: not before/]],
    [
      { ...RETENTION, ...WARM, SHARDLINE_INDEX: 'all-in-one' },
      [/^opensearch\.retention: .*no date/, /^opensearch\.warm_after: .*no date/],
    ],
    [
      {
        ...RETENTION,
        SHARDLINE_OPENSEARCH_AUTH: 'sigv4',
        SHARDLINE_OPENSEARCH_NODE: 'https://id.eu-west-1.aoss.amazonaws.com',
      },
      [/^opensearch\.retention: a serverless collection/],
    ],
    [{ SHARDLINE_OPENSEARCH_RETENTION: '1h' }, [/^opensearch\.retention: expected a duration/]],
  ])('%j is refused', (env, expected) => {
    const found = problems(env);
    expect(found).toHaveLength(expected.length);
    for (const [i, pattern] of expected.entries()) expect(found[i]).toMatch(pattern);
  });
});

describe('component templates', () => {
  it('are a list, with commas in the environment', () => {
    const { opensearch } = load({ SHARDLINE_OPENSEARCH_COMPONENT_TEMPLATES: 'one, two' });
    expect(opensearch.componentTemplates).toEqual(['one', 'two']);
    expect(load({ SHARDLINE_OPENSEARCH_COMPONENT_TEMPLATES: '' }).opensearch.componentTemplates).toEqual([]);
    const shown = showConfig(load({ SHARDLINE_OPENSEARCH_COMPONENT_TEMPLATES: 'one' }));
    expect(shown).toMatchObject({ opensearch: { component_templates: ['one'] } });
  });

  it.each(['one,one', 'One', 'a*', 'a b', ',', 'a/b'])('are refused when one is no name, or twice: %s', (text) => {
    expect(problems({ SHARDLINE_OPENSEARCH_COMPONENT_TEMPLATES: text })).toEqual([
      expect.stringContaining('opensearch.component_templates: expected a list of names'),
    ]);
  });
});
