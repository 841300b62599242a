import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { showConfig } from '../../src/config/show.ts';
import { KEYS } from '../../src/config/tree.ts';
import { ShardlineError } from '../../src/core/errors.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const load = (text: string, env: Record<string, string>) => {
  writeFileSync(join(cwd, 'shardline.yaml'), text);
  return loadConfig({ env, cwd });
};

const variables = fc.dictionary(fc.constantFrom(...KEYS.map((key) => key.variable)), fc.string());
const anyYaml = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.jsonValue().map((value) => stringify(value)),
);
const group = fc.dictionary(fc.constantFrom(...KEYS.map((key) => key.parts[1] ?? 'x')), fc.jsonValue());
const nearlyConfig = fc
  .dictionary(fc.constantFrom(...KEYS.map((key) => key.parts[0] ?? '')), fc.oneof(fc.jsonValue(), group))
  .map((value) => stringify(value));

const VALID: Record<string, string> = {
  SHARDLINE_APPLICATION: 'plays',
  SHARDLINE_STREAM: 'plays',
  SHARDLINE_OPENSEARCH_NODE: 'https://localhost:9200',
  SHARDLINE_OPENSEARCH_AUTH: 'none',
  SHARDLINE_DEAD_LETTER_TO: 'file:letters',
};

describe('the configuration, whatever it holds', () => {
  it('is loaded or refused with an error of ours', () => {
    fc.assert(
      fc.property(fc.oneof(anyYaml, nearlyConfig), variables, (text, env) => {
        try {
          load(text, env);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ShardlineError);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('comes to the same when it is shown and loaded again', () => {
    const durations = fc.record({
      SHARDLINE_OPENSEARCH_REQUEST_TIMEOUT: fc.integer({ min: 1000, max: 600_000 }).map((ms) => `${ms}ms`),
      SHARDLINE_INDEX_WINDOW_PAST: fc.constantFrom('unlimited', '90m', '48h', '36500d'),
      SHARDLINE_MEMORY_BUDGET: fc.integer({ min: 16_384, max: 999_999 }).map((kib) => `${kib}KiB`),
      SHARDLINE_START: fc.constantFrom('LATEST', 'TRIM_HORIZON', '2026-01-02', '2026-01-02T03:04:05.678+09:00'),
      SHARDLINE_TRANSFORM_OPTIONS: fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
    });
    fc.assert(
      fc.property(durations, (env) => {
        const { config } = load('', { ...VALID, ...env });
        expect(load(stringify(showConfig(config)), {}).config).toEqual(config);
      }),
      { numRuns: 200 },
    );
  });
});
