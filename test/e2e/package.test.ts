import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/local/machine.ts';
import { event } from '../support/event.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'shardline-package-'));
const installed = join(folder, 'app', 'node_modules', 'shardline');
const foreign = join(folder, 'etc', 'transforms');
const bin = join(installed, 'bin', 'shardline.js');

const shardline = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run(process.execPath, [bin, ...args], { cwd: folder, env: { ...process.env, ...env } });

/** The packed package where npm would put it, its dependencies beside it: an install without a network. */
beforeAll(async () => {
  mkdirSync(installed, { recursive: true });
  mkdirSync(foreign, { recursive: true });
  await run('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: packageRoot() });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  await run('tar', ['-xzf', join(folder, tarball), '--strip-components=1', '-C', installed]);
  const modules = join(packageRoot(), 'node_modules');
  for (const name of readdirSync(modules)) {
    if (!name.startsWith('.')) symlinkSync(join(modules, name), join(folder, 'app', 'node_modules', name));
  }
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the package as npm packs it', () => {
  it('ships compiled code and what it needs, and nothing that only the checkout needs', () => {
    expect(readdirSync(installed).sort()).toEqual([
      'LICENSE',
      'README.md',
      'bin',
      'dist',
      'docs',
      'helm',
      'monitoring',
      'package.json',
      'shardline.schema.json',
      'src',
      'streaming-jobs',
    ]);
    expect(readdirSync(join(installed, 'src'))).toEqual(['local']);
    expect(readdirSync(join(installed, 'src', 'local'))).toEqual(['java', 'python']);
    expect(readdirSync(join(installed, 'streaming-jobs')).sort()).toEqual(['requirements.txt', 'shardline_jobs']);
  });

  it('runs a transform that stands in a foreign folder, in TypeScript, importing shardline', async () => {
    writeFileSync(
      join(foreign, 'loud.ts'),
      `import { defineTransform, PoisonError, type Document, type Message } from 'shardline';

interface Song { readonly event_id: string; readonly song?: string }

export default defineTransform({
  name: 'loud',
  apply(message: Message): readonly Document[] {
    const { event_id, song } = message.value as Song;
    if (song === undefined) throw new PoisonError('no song');
    return [{ id: event_id, timestamp: message.arrived, body: { loud: song.toUpperCase() } }];
  },
});
`,
    );
    const events = join(folder, 'events.ndjson');
    writeFileSync(events, `${event('a', { song: 'quiet' })}\n${event('b')}\n`);
    const env = { SHARDLINE_TRANSFORM: join(foreign, 'loud.ts') };
    const { stdout } = await shardline(['transform', events], env);
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(first).toMatchObject({ record: 1, documents: [{ id: 'a', document: { loud: 'QUIET' } }], dead_letters: [] });
    expect(second).toMatchObject({
      record: 2,
      documents: [],
      dead_letters: [{ reason: 'transform-invalid', message: 'no song' }],
    });
  });

  it("brings the handler of the managed variant for a bundle of one's own", async () => {
    const module = join(folder, 'app', 'function.mjs');
    writeFileSync(
      module,
      `import { firehoseHandler } from 'shardline/managed';
const handler = firehoseHandler({ env: {}, transform: { name: 'none', apply: () => [] } });
const sourceKinesisStreamArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/music-events';
console.log(JSON.stringify(await handler({ sourceKinesisStreamArn, records: [{ recordId: 'a' }] })));
`,
    );
    const { stdout } = await run(process.execPath, [module]);
    expect(stdout).toContain('event-unreadable');
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
      records: [{ recordId: 'a', result: 'ProcessingFailed' }],
    });
  });

  it('says where another transform differs', async () => {
    const events = join(folder, 'compare.ndjson');
    writeFileSync(events, `${event('a', { song: 'x' })}\n`);
    const { stdout } = await shardline(['transform', events, '--against', join(foreign, 'loud.ts')]);
    expect(JSON.parse(stdout)).toMatchObject({
      record: 1,
      before: { documents: [{ id: 'a' }] },
      after: { documents: [{ id: 'a' }] },
    });
    const same = await shardline(['transform', events, '--against', 'music-events']);
    expect(same.stdout).toBe('');
  });

  it('answers --help and --version, and refuses a wrong configuration with 2', async () => {
    expect((await shardline(['--help'])).stdout).toMatch(/run.*\n[\s\S]*demo[\s\S]*produce/);
    expect((await shardline(['--version'])).stdout.trim()).toMatch(/^\d+\.\d+\.\d+/);
    await expect(shardline(['check'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('opensearch.node'),
    });
  });
});
