import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/config/problem.ts';
import { ShardlineError } from '../../../src/core/errors.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'config-'));
});
afterAll(() => rmSync(cwd, { recursive: true }));

const REQUIRED = {
  SHARDLINE_APPLICATION: 'music-events',
  SHARDLINE_STREAM: 'music-events',
  SHARDLINE_OPENSEARCH_NODE: 'http://localhost:9200',
  SHARDLINE_OPENSEARCH_AUTH: 'none',
  SHARDLINE_DEAD_LETTER_TO: 'file:./letters',
};

const fromEnv = (env: Record<string, string>) => loadConfig({ env: { ...REQUIRED, ...env }, cwd });

const fromFile = (text: string, env: Record<string, string> = REQUIRED) => {
  writeFileSync(join(cwd, 'test.yaml'), text);
  return loadConfig({ file: 'test.yaml', env, cwd });
};

const problems = (load: () => unknown) => {
  try {
    load();
  } catch (thrown) {
    if (thrown instanceof ConfigError)
      return thrown.problems.map(({ path, from, value, expected }) => [path, from, value, expected]);
    throw thrown;
  }
  throw new Error('the configuration was accepted');
};

const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/letters';

describe('loadConfig', () => {
  it('needs nothing but the five required keys, from the environment alone', () => {
    const { config, warnings } = fromEnv({});
    expect(warnings).toEqual([]);
    expect(config.memory.budgetBytes).toBe(134_217_728);
    expect(config.opensearch.bulkBytes).toBe(5_242_880);
    expect(config.opensearch.bulkAgeMs).toBe(200);
    expect(config.start).toEqual({ at: 'TRIM_HORIZON' });
    expect(config.deadLetter.to).toEqual({ kind: 'file', directory: './letters' });
    expect(config.transformOptions).toEqual({});
  });

  it('is frozen to the bottom', () => {
    const { config } = fromEnv({ SHARDLINE_TRANSFORM_OPTIONS: '{"a":{"b":[{"c":1}]}}' });
    const deep = config.transformOptions as { a: { b: { c: number }[] } };
    expect(() => Object.assign(config, { stream: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(config.opensearch, { shards: 7 })).toThrow(TypeError);
    expect(() => Object.assign(deep.a.b[0] ?? {}, { c: 2 })).toThrow(TypeError);
  });

  it('lets the environment win over the file', () => {
    const text = 'leases: { failover: 30s }\ncheckpoint:\n  interval: 1s\n';
    const { config } = fromFile(text, { ...REQUIRED, SHARDLINE_LEASES_FAILOVER: '20s' });
    expect(config.leases.failoverMs).toBe(20_000);
    expect(config.checkpoint.intervalMs).toBe(1000);
  });

  it('takes shardline.yaml of the working directory when no file is named', () => {
    const folder = mkdtempSync(join(tmpdir(), 'config-'));
    writeFileSync(join(folder, 'shardline.yaml'), 'log_level: debug');
    expect(loadConfig({ env: REQUIRED, cwd: folder }).config.logLevel).toBe('debug');
    rmSync(folder, { recursive: true });
  });

  it('reports every problem of file and environment at once', () => {
    const text = [
      'application: a',
      'stream: 123',
      'opensearch:',
      '  node: ftp://example.com',
      '  bulk_ages: 1s',
      '  auth: basic',
      'checkpoint: 5s',
      'memroy: { budget: 1GiB }',
    ].join('\n');
    const found = problems(() => fromFile(text, { SHARDLINE_HTTP_PORT: '80a' }));
    expect(found).toEqual([
      ['opensearch.bulk_ages', 'test.yaml', '"1s"', 'unknown key; the nearest is opensearch.bulk_age'],
      ['checkpoint', 'test.yaml', '"5s"', 'expected a mapping with the keys interval'],
      ['memroy', 'test.yaml', 'a mapping', 'unknown key; the nearest is memory'],
      ['application', 'test.yaml', '"a"', expect.stringContaining('3 to 255')],
      ['stream', 'test.yaml', '123', expect.stringContaining('expected the name or the ARN')],
      ['opensearch.node', 'test.yaml', '"ftp://example.com"', expect.stringContaining('http')],
      ['dead_letter.to', 'SHARDLINE_DEAD_LETTER_TO', undefined, expect.stringContaining('missing; expected file:DIR')],
      ['http.port', 'SHARDLINE_HTTP_PORT', '"80a"', 'expected a whole number from 0 to 65535'],
      ['opensearch.username', 'SHARDLINE_OPENSEARCH_USERNAME', undefined, expect.stringContaining('missing')],
      ['opensearch.password', 'SHARDLINE_OPENSEARCH_PASSWORD', undefined, expect.stringContaining('missing')],
    ]);
  });

  it.each([
    ['SHARDLINE_OPENSEARCH_REQUEST_TIMEOUT', '30'],
    ['SHARDLINE_OPENSEARCH_REQUEST_TIMEOUT', '1ms'],
    ['SHARDLINE_LEASES_FAILOVER', '1s'],
    ['SHARDLINE_LEASES_FAILOVER', 'unlimited'],
    ['SHARDLINE_MEMORY_BUDGET', '8MiB'],
    ['SHARDLINE_MEMORY_BUDGET', '128MB'],
    ['SHARDLINE_HTTP_PORT', '1e3'],
    ['SHARDLINE_HTTP_PORT', ''],
    ['SHARDLINE_START', 'yesterday'],
    ['SHARDLINE_START', '2026-01-02T03:04:05'],
    ['SHARDLINE_STREAM', ''],
    ['SHARDLINE_TRANSFORM', 'mystery'],
    ['SHARDLINE_TRANSFORM_OPTIONS', '[1]'],
    ['SHARDLINE_TRANSFORM_OPTIONS', '{'],
    ['SHARDLINE_INDEX', 'Music'],
    ['SHARDLINE_INDEX_WINDOW_OUTSIDE', 'Strays'],
    ['SHARDLINE_INDEX_WINDOW_OUTSIDE', 'strays-{yyyy}'],
    ['SHARDLINE_DEAD_LETTER_TO', 's3://b'],
    ['SHARDLINE_DEAD_LETTER_TO', 's3://bucket/with space'],
    ['SHARDLINE_DEAD_LETTER_TO', 'file:'],
    ['SHARDLINE_DEAD_LETTER_TO', 'file://host/dir'],
    ['SHARDLINE_DEAD_LETTER_TO', 'https://sqs.eu-central-1.amazonaws.com/123456789012/letters.fifo'],
    ['SHARDLINE_DEAD_LETTER_TO', 'https://sqs.eu-central-1.amazonaws.com/letters'],
    ['SHARDLINE_DEAD_LETTER_TO', 'https://me:secret@sqs.eu-central-1.amazonaws.com/123456789012/letters'],
    ['SHARDLINE_DEAD_LETTER_TO', 'firehose://a/b'],
    ['SHARDLINE_DEAD_LETTER_READ_FROM', 'file:x'],
    ['SHARDLINE_DEAD_LETTER_LARGE_TO', 'bucket/prefix'],
    ['SHARDLINE_DEAD_LETTER_LARGE_TO', 's3://Bucket'],
    ['SHARDLINE_DEAD_LETTER_LARGE_TO', 's3://bucket//a'],
    ['SHARDLINE_OPENSEARCH_PASSWORD', ''],
  ])('refuses %s=%j and names the variable', (variable, value) => {
    expect(problems(() => fromEnv({ [variable]: value })).map(([, from]) => from)).toEqual([variable]);
  });

  it.each([
    [{ SHARDLINE_OPENSEARCH_USERNAME: 'u' }, ['opensearch.username']],
    [{ SHARDLINE_OPENSEARCH_CA_FILE: 'ca.pem' }, ['opensearch.ca_file']],
    [
      { SHARDLINE_OPENSEARCH_CERT_FILE: 'me.pem', SHARDLINE_OPENSEARCH_KEY_FILE: 'me.key' },
      ['opensearch.cert_file', 'opensearch.key_file'],
    ],
    [
      { SHARDLINE_OPENSEARCH_NODE: 'https://localhost:9200', SHARDLINE_OPENSEARCH_CERT_FILE: 'me.pem' },
      ['opensearch.key_file'],
    ],
    [
      { SHARDLINE_OPENSEARCH_NODE: 'https://localhost:9200', SHARDLINE_OPENSEARCH_KEY_FILE: 'me.key' },
      ['opensearch.cert_file'],
    ],
    [{ SHARDLINE_OPENSEARCH_AUTH: 'basic', SHARDLINE_OPENSEARCH_USERNAME: 'u' }, ['opensearch.password']],
    [
      { SHARDLINE_OPENSEARCH_AUTH: 'sigv4', SHARDLINE_OPENSEARCH_PASSWORD: 'p' },
      ['opensearch.password', 'opensearch.service'],
    ],
    [{ SHARDLINE_OPENSEARCH_AUTH: 'sigv4' }, ['opensearch.service']],
    [{ SHARDLINE_OPENSEARCH_SERVICE: 'es' }, ['opensearch.service']],
    [
      {
        SHARDLINE_OPENSEARCH_AUTH: 'sigv4',
        SHARDLINE_OPENSEARCH_NODE: 'https://123456789012.aoss.eu-west-1.on.aws',
      },
      ['opensearch.node'],
    ],
    [{ SHARDLINE_OPENSEARCH_BULK_BYTES: '20MiB', SHARDLINE_MEMORY_BUDGET: '16MiB' }, ['opensearch.bulk_bytes']],
    [{ SHARDLINE_DECODE_LIMIT: '20MiB', SHARDLINE_MEMORY_BUDGET: '16MiB' }, ['decode_limit']],
    [
      {
        SHARDLINE_OPENSEARCH_AUTH: 'basic',
        SHARDLINE_OPENSEARCH_USERNAME: 'u',
        SHARDLINE_OPENSEARCH_PASSWORD: 'p',
        SHARDLINE_OPENSEARCH_PASSWORD_FILE: 'f',
      },
      ['opensearch.password_file'],
    ],
    [{ SHARDLINE_DEAD_LETTER_TO: QUEUE }, ['dead_letter.large_to']],
    [{ SHARDLINE_DEAD_LETTER_TO: 'firehose://f' }, ['dead_letter.large_to', 'dead_letter.read_from']],
    [
      {
        SHARDLINE_DEAD_LETTER_TO: 'firehose://f',
        SHARDLINE_DEAD_LETTER_LARGE_TO: 's3://bucket',
        SHARDLINE_DEAD_LETTER_READ_FROM: 's3://bucket',
        SHARDLINE_ARCHIVE_TO: 'firehose://f',
      },
      ['archive.to'],
    ],
    [{ SHARDLINE_DEAD_LETTER_READ_FROM: 's3://bucket' }, ['dead_letter.read_from']],
    [{ SHARDLINE_DEAD_LETTER_LARGE_TO: 's3://bucket' }, ['dead_letter.large_to']],
    [
      { SHARDLINE_DEAD_LETTER_TO: 's3://bucket', SHARDLINE_DEAD_LETTER_LARGE_TO: 's3://bucket' },
      ['dead_letter.large_to'],
    ],
  ])('refuses keys that do not go together: %j', (env, paths) => {
    expect(problems(() => fromEnv(env)).map(([path]) => path)).toEqual(paths);
  });

  it('accepts what the documentation promises', () => {
    expect(fromEnv({ SHARDLINE_INDEX_WINDOW_PAST: 'unlimited' }).config.indexWindow.pastMs).toBe(
      Number.POSITIVE_INFINITY,
    );
    expect(fromEnv({ SHARDLINE_START: '2026-01-02T03:04:05+01:00' }).config.start).toEqual({
      at: 'AT_TIMESTAMP',
      timestampMs: Date.UTC(2026, 0, 2, 2, 4, 5),
    });
    const arn = 'arn:aws:kinesis:eu-west-1:123456789012:stream/music-events';
    expect(fromEnv({ SHARDLINE_STREAM: arn }).config.stream).toBe(arn);
    expect(fromEnv({ SHARDLINE_DEAD_LETTER_TO: 'file:///var/l' }).config.deadLetter.to).toEqual({
      kind: 'file',
      directory: '/var/l',
    });
    const { deadLetter } = fromEnv({
      SHARDLINE_DEAD_LETTER_TO: QUEUE,
      SHARDLINE_DEAD_LETTER_LARGE_TO: 's3://bucket/a/b=c',
    }).config;
    expect(deadLetter).toEqual({
      to: { kind: 'sqs', queueUrl: QUEUE },
      holdAbove: 0.5,
      largeTo: { bucket: 'bucket', prefix: 'a/b=c/' },
    });
    const firehose = fromEnv({
      SHARDLINE_DEAD_LETTER_TO: 'firehose://letters',
      SHARDLINE_DEAD_LETTER_LARGE_TO: 's3://bucket/large',
      SHARDLINE_DEAD_LETTER_READ_FROM: 's3://bucket/delivered/',
    }).config.deadLetter;
    expect(firehose).toEqual({
      to: { kind: 'firehose', stream: 'letters' },
      holdAbove: 0.5,
      largeTo: { bucket: 'bucket', prefix: 'large/' },
      readFrom: { bucket: 'bucket', prefix: 'delivered/' },
    });
    expect(fromEnv({ SHARDLINE_DEAD_LETTER_TO: 's3://my.bucket' }).config.deadLetter.to).toEqual({
      kind: 's3',
      bucket: 'my.bucket',
      prefix: '',
    });
    expect(fromEnv({ SHARDLINE_HTTP_PORT: '0' }).config.http.port).toBe(0);
    expect(fromEnv({ SHARDLINE_TRANSFORM: './my.ts' }).config.transform).toBe('./my.ts');
  });

  it('never shows a secret', () => {
    const text =
      'opensearch: { pasword: hunter2, password: [hunter2], node: "http://me:hunter2@host" }\nsink: { password: hunter2 }';
    const message = (() => {
      try {
        fromFile(text, {});
      } catch (thrown) {
        return String(thrown);
      }
      return '';
    })();
    expect(message).toContain('opensearch.pasword');
    expect(message).toContain('opensearch.node');
    expect(message).not.toContain('hunter2');
  });

  it('tells the line of a YAML error, and not that everything is missing', () => {
    const found = problems(() => fromFile('application: music\nstream: [a, b\nstart: LATEST\n', {}));
    expect(found[0]?.[1]).toMatch(/^test\.yaml:[23]:\d+$/);
    expect(found.every(([path]) => path === '')).toBe(true);
    expect(problems(() => fromFile('stream: a\nstream: b\n'))[0]?.[3]).toContain('not YAML');
    expect(problems(() => fromFile('- a\n- b\n'))[0]?.[3]).toBe('expected a mapping of keys to values');
  });

  it('says which file it cannot read', () => {
    const load = () => loadConfig({ file: 'nowhere.yaml', env: REQUIRED, cwd });
    expect(load).toThrow(ShardlineError);
    expect(load).toThrow(/nowhere\.yaml/);
  });

  it('asks a command that needs a part only for that part, and judges the rest all the same', () => {
    const part = (env: Record<string, string>) => loadConfig({ env, cwd, needs: ['stream'] });
    expect(part({ SHARDLINE_STREAM: 'plays' }).config).toMatchObject({ stream: 'plays', decode: 'json' });
    expect(problems(() => part({ SHARDLINE_HTTP_PORT: 'x' })).map(([path]) => path)).toEqual(['stream', 'http.port']);
  });

  it('warns of variables it does not know, and of Kubernetes service links', () => {
    const { warnings, config } = fromEnv({
      SHARDLINE_OPENSEARCH_NODES: 'x',
      SHARDLINE_HTTP_PORT: 'tcp://10.0.0.1:80',
      OTHER: '1',
    });
    expect(config.http.port).toBe(8080);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('the nearest is SHARDLINE_OPENSEARCH_NODE');
    expect(warnings[1]).toContain('service link');
  });
});
