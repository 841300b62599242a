import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { loadConfig } from '../../../../src/config/load.ts';
import {
  cleanEnvironment,
  type DemoPlaces,
  demoEnvironment,
  exportLines,
  openSearchPlace,
} from '../../../../src/local/demo/environment.ts';
import { queries } from '../../../../src/local/demo/invitation.ts';

const places: DemoPlaces = {
  stream: 'music-events',
  kinesisUrl: 'http://127.0.0.1:4567',
  dynamodbUrl: 'http://127.0.0.1:8000',
  opensearch: openSearchPlace('http://127.0.0.1:9200'),
  letterFolder: '/tmp/a folder/dead-letters',
  anyAge: false,
};

test('the environment of a demo is a whole configuration, without a warning', () => {
  const { config, warnings } = loadConfig({ file: undefined, env: demoEnvironment(places), cwd: '/' });
  expect(warnings).toEqual([]);
  expect(config.deadLetter.to).toEqual({ kind: 'file', directory: '/tmp/a folder/dead-letters' });
  const anyAge = loadConfig({ file: undefined, env: demoEnvironment({ ...places, anyAge: true }), cwd: '/' });
  expect(anyAge.config).not.toEqual(config);
});

test('user and password in the address of an OpenSearch become basic authentication', () => {
  const opensearch = openSearchPlace('https://some%40one:p%23w@search.example:9200/');
  expect(opensearch).toEqual({ url: 'https://search.example:9200', username: 'some@one', password: 'p#w' });
  const env = demoEnvironment({ ...places, opensearch });
  expect(env).toMatchObject({ SHARDLINE_OPENSEARCH_AUTH: 'basic', SHARDLINE_OPENSEARCH_PASSWORD: 'p#w' });
  expect(() => loadConfig({ file: undefined, env, cwd: '/' })).not.toThrow();
});

test('a shell that reads the export lines has exactly that environment', () => {
  const env = { PLAIN: 'http://127.0.0.1:1/x', SPACED: 'it\'s a $HOME `x` "y"', EMPTY: '' };
  const script = `${exportLines(env).join('\n')}\nprintf '%s|' "$PLAIN" "$SPACED" "$EMPTY"`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${Object.values(env).join('|')}|`);
});

test('what a user has set for other workers does not reach the demo’s own', () => {
  const env = { PATH: '/bin', AWS_PROFILE: 'production', SHARDLINE_STREAM: 'real', AWSOME: 'kept' };
  expect(cleanEnvironment(env)).toEqual({ PATH: '/bin', AWSOME: 'kept' });
});

test('there are three queries, each a curl command of one line with JSON that parses', () => {
  const lines = queries('http://127.0.0.1:9200');
  expect(lines.map((line) => /^curl -s 'http:\/\/127\.0\.0\.1:9200\/[^'\n]+'( |$)/.test(line))).toEqual([
    true,
    true,
    true,
  ]);
  const bodies = lines.flatMap((line) => / -d '(.*)'$/.exec(line)?.[1] ?? []);
  expect(bodies.map((body) => typeof JSON.parse(body))).toEqual(['object', 'object']);
});
