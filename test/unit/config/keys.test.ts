import { describe, expect, it } from 'vitest';
import { jsonSchema } from '../../../src/config/json-schema.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { nearest } from '../../../src/config/nearest.ts';
import { showConfig } from '../../../src/config/show.ts';
import { KEYS } from '../../../src/config/tree.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../../src/config/units.ts';

const ENV = {
  SHARDLINE_APPLICATION: 'music-events',
  SHARDLINE_STREAM: 'music-events',
  SHARDLINE_OPENSEARCH_NODE: 'https://localhost:9200/',
  SHARDLINE_OPENSEARCH_AUTH: 'basic',
  SHARDLINE_OPENSEARCH_USERNAME: 'me',
  SHARDLINE_OPENSEARCH_PASSWORD: 'hunter2',
  SHARDLINE_DEAD_LETTER_TO: 'file:./letters',
};

describe('the keys', () => {
  it('have names of their own in the environment and in the resolved configuration', () => {
    expect(new Set(KEYS.map((key) => key.variable)).size).toBe(KEYS.length);
    expect(new Set(KEYS.map((key) => key.resolved.join('.'))).size).toBe(KEYS.length);
    expect(KEYS.map((key) => key.variable)).toContain('SHARDLINE_OPENSEARCH_BULK_AGE');
  });

  it('have one line of documentation each, and a default that their own schema accepts', () => {
    for (const { field, path } of KEYS) {
      expect(field.doc, path).toMatch(/^[^\n]{5,140}[^.\n]$/);
      if (field.fallback !== undefined) expect(field.schema.safeParse(field.fallback).success, path).toBe(true);
      expect(field.required && field.fallback !== undefined, path).toBe(false);
    }
  });

  it('hold nothing that the AWS SDK reads from its own environment', () => {
    expect(KEYS.filter((key) => /region|endpoint|access|aws/i.test(key.path))).toEqual([]);
  });
});

describe('showConfig', () => {
  it('shows every key that has a value as it would be written, and no secret', () => {
    const shown = showConfig(loadConfig({ env: ENV, cwd: '/' }).config);
    expect(JSON.stringify(shown)).not.toContain('hunter2');
    expect(shown).toMatchObject({
      start: 'TRIM_HORIZON',
      index_window: { past: '30d', future: '1h', outside: 'dead-letter' },
      opensearch: { node: 'https://localhost:9200', password: '(hidden)', bulk_age: '200ms', bulk_bytes: '5MiB' },
      dead_letter: { to: 'file:./letters' },
      shutdown_timeout: '25s',
    });
  });
});

describe('jsonSchema', () => {
  it('describes every key with its default and refuses others', () => {
    const schema = jsonSchema() as {
      additionalProperties: boolean;
      properties: Record<string, { properties?: Record<string, object> }>;
    };
    const at = (parts: readonly string[]) =>
      parts.length === 1
        ? schema.properties[parts[0] ?? '']
        : schema.properties[parts[0] ?? '']?.properties?.[parts[1] ?? ''];
    expect(schema.additionalProperties).toBe(false);
    for (const key of KEYS) expect(at(key.parts), key.path).toHaveProperty('description');
    expect(at(['opensearch', 'auth'])).toMatchObject({ default: 'sigv4', enum: ['sigv4', 'basic', 'none'] });
    expect(at(['http', 'port'])).toMatchObject({ type: 'integer', minimum: 0, maximum: 65_535, default: 8080 });
    expect(at(['opensearch', 'bulk_age'])).toMatchObject({
      type: 'string',
      default: '200ms',
      pattern: expect.any(String),
    });
  });
});

describe('units', () => {
  it.each([
    ['250ms', 250],
    ['5s', 5000],
    ['15m', 900_000],
    ['1h', 3_600_000],
    ['30d', 2_592_000_000],
  ])('reads and writes %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(formatDuration(ms)).toBe(text);
  });

  it.each([
    ['64KiB', 65_536],
    ['5MiB', 5_242_880],
    ['1GiB', 1_073_741_824],
    ['700B', 700],
  ])('reads and writes %s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
    expect(formatSize(bytes)).toBe(text);
  });

  it('knows what is none', () => {
    for (const text of ['', '5', '5 s', '-5s', '1.5s', '5S', '5MB']) {
      expect(parseDuration(text), text).toBeNaN();
      expect(parseSize(text), text).toBeNaN();
    }
    expect(formatDuration(0)).toBe('0ms');
  });
});

describe('nearest', () => {
  it('finds misspelled, swapped and misplaced keys', () => {
    const paths = KEYS.map((key) => key.path);
    expect(nearest('opensearch.bulk_ag', paths)).toBe('opensearch.bulk_age');
    expect(nearest('sahrds', paths)).toBe('opensearch.shards');
    expect(nearest('opensearch.budget', paths)).toBe('memory.budget');
    expect(nearest('transfrom', paths)).toBe('transform');
  });
});
