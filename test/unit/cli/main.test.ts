import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'cli-'));
  writeFileSync(join(cwd, 'good.yaml'), GOOD);
  writeFileSync(join(cwd, 'bad.yaml'), BAD);
});
afterAll(() => rmSync(cwd, { recursive: true }));

const GOOD = `
application: music-events
stream: music-events
opensearch: { node: http://localhost:9200, auth: basic, username: me, password: hunter2 }
dead_letter: { to: "file:./letters" }
`;

const BAD = `
application: music-events
stream: ""
opensearch: { node: localhost, auth: basic, username: me, password: hunter2, bulk_age: 5 parsecs }
dead_letter: { too: "file:./letters" }
transform_options: { keep_name: true }
`;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const shardlineWith = (more: Readonly<Record<string, string>>, ...args: string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd, env: { ...process.env, ...more } },
      (_, out, err) => resolve({ code: child.exitCode, out, err }),
    );
  });
const shardline = (...args: string[]) => shardlineWith({}, ...args);

describe('the command line', () => {
  it('prints its version and its help, and asks for a command', async () => {
    expect(await shardline('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
    expect(await shardline('--help')).toMatchObject({ code: 0, out: expect.stringContaining('check') });
    expect(await shardline()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage: shardline') });
  });

  it('says what Spark lacks before the demo starts anything', async () => {
    const { code, out, err } = await shardlineWith({ PATH: '/nonexistent' }, 'demo', '--with-spark');
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(
      /^shardline: --with-spark cannot be: python3\.11 \(with its venv module\) is needed for Spark: .*python3\.11-venv.*python@3\.11.*\[SHARDLINE_USAGE\]\n$/,
    );
  });

  it.each([
    [['nope']],
    [['check', '--nope']],
    [['check', 'extra']],
    [['check', '--config']],
    [['replay', '--from', 'x']],
  ])('answers %j with one line, a code and exit 2', async (args) => {
    const { code, out, err } = await shardline(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/^shardline: .* \[SHARDLINE_USAGE\]\n\(try it with --help\)\n$/);
  });

  it.each([
    [['audit', '--from', '1m', '--to', '2m'], 2],
    [['redrive', '--dry-run'], 1],
    [['replay', '--from', '2026-01-02', '--to', '2026-01-01', '--into', 'x'], 2],
  ])('tells with %j of a variable that nothing reads', async (args, ends) => {
    const { code, err } = await shardlineWith({ SHARDLINE_TRANSFROM: './mine.ts' }, ...args, '--config', 'good.yaml');
    expect(err).toMatch(/^warning: .*SHARDLINE_TRANSFROM.*\nshardline: /);
    expect(code).toBe(ends);
  });

  it('is not bothered by a reader that leaves early', async () => {
    const child = spawn(process.execPath, [MAIN, 'check', '--config', 'good.yaml'], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let err = '';
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
    });
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(err).toBe('');
  });
});

describe('check', () => {
  it('prints the resolved configuration without its secrets', async () => {
    const { code, out, err } = await shardline('check', '--config', 'good.yaml');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('bulk_bytes: 5MiB');
    expect(out).not.toContain('hunter2');
  });

  it('prints JSON when asked', async () => {
    const { code, out } = await shardline('check', '--json', '--config', 'good.yaml');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, warnings: [], config: { opensearch: { password: '(hidden)' } } });
  });

  it('reports every mistake in one go, of the transform options too', async () => {
    const { code, out, err } = await shardline('check', '--config', 'bad.yaml');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err.split('\n')[0]).toBe('shardline: 6 problems in the configuration [SHARDLINE_CONFIG_INVALID]');
    for (const path of ['stream', 'opensearch.node', 'opensearch.bulk_age', 'dead_letter.too', 'dead_letter.to'])
      expect(err).toContain(`\n  ${path} (`);
    expect(err).toMatch(/\n {2}transform: .*keep_name/);
    expect(err).not.toMatch(/hunter2|\n\s+at /);
    const json = await shardline('check', '--json', '--config', 'bad.yaml');
    expect(json.code).toBe(2);
    expect(JSON.parse(json.out).problems).toHaveLength(6);
  });

  it('says what is wrong with a transform that cannot be loaded', async () => {
    writeFileSync(join(cwd, 'foreign.yaml'), `${GOOD}transform: ./nowhere.ts\n`);
    const { code, err } = await shardline('check', '--config', 'foreign.yaml');
    expect(code).toBe(2);
    expect(err).toMatch(/^shardline: 1 problem .*\n {2}transform: .*nowhere\.ts/);
  });

  it('says which file it cannot read', async () => {
    const { code, err } = await shardline('check', '--config', 'nowhere.yaml');
    expect(code).toBe(2);
    expect(err).toMatch(/^shardline: .*nowhere\.yaml.* \[SHARDLINE_CONFIG_UNREADABLE\]\n$/);
  });
});

describe('audit', () => {
  it('says that there is no place for its temporary file, as on the read-only root of a container', async () => {
    const args = ['audit', '--from', '10m', '--to', '6m', '--config', 'good.yaml'];
    const { code, err } = await shardlineWith({ TMPDIR: '/nowhere', AWS_REGION: 'eu-central-1' }, ...args);
    expect(err).toMatch(
      /^shardline: the audit's temporary file cannot be made in \/nowhere: .*TMPDIR.*AUDIT_FAILED\]\n$/,
    );
    expect(code).toBe(1);
  });
});

describe('livez', () => {
  it('fails while no worker listens, and cannot ask one whose port nobody knows', async () => {
    const there = await shardlineWith({ SHARDLINE_HTTP_PORT: '9' }, 'livez', '--config', 'good.yaml');
    expect(there).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('127.0.0.1:9/livez cannot be asked'),
    });
    const bare = await shardlineWith({ SHARDLINE_HTTP_PORT: '9' }, 'livez');
    expect(bare).toMatchObject({ code: 1, err: expect.stringContaining('127.0.0.1:9/livez cannot be asked') });
    const { code, err } = await shardlineWith({ SHARDLINE_HTTP_PORT: '0' }, 'livez', '--config', 'good.yaml');
    expect(code).toBe(2);
    expect(err).toMatch(/^shardline: http\.port is 0.* \[SHARDLINE_USAGE\]\n$/);
  });
});

describe('transform', () => {
  it('prints what becomes of each record, without any configuration', async () => {
    const event = '{"event_id":"a","event_type":"play","timestamp":"2026-01-02T03:04:05Z"}';
    writeFileSync(join(cwd, 'events.ndjson'), `${event}\nnot json\n`);
    const { code, out, err } = await shardline('transform', 'events.ndjson');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [first, second] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({
      record: 1,
      documents: [{ index: 'music-events-2026.01.02', id: 'a' }],
      dead_letters: [],
    });
    expect(second).toMatchObject({ record: 2, documents: [], dead_letters: [{ reason: 'decode-json' }] });
  });
});

describe('produce', () => {
  it('needs to know the stream, and a sensible rate', async () => {
    const unknown = await shardline('produce', 'events.ndjson');
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain('SHARDLINE_STREAM): missing');
    const rate = await shardline('produce', 'events.ndjson', '--rate', '-1');
    expect(rate.code).toBe(2);
    expect(rate.err).toContain('a number above 0');
  });
});
