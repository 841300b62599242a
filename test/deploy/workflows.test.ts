import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { problemsOf, readWorkflow, shippedWorkflows, WORKFLOWS } from '../support/workflows.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shardline-workflows-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { actionlint, shellcheck, zizmor } = inject('tools');
const PATH = [dirname(shellcheck), env.PATH ?? ''].join(delimiter);
const workflows = shippedWorkflows();
const scripts = readdirSync(join(root, 'scripts/ci'))
  .filter((name) => name.endsWith('.sh'))
  .map((name) => join('scripts/ci', name));

/** What a program says, whichever way it ends. */
const said = async (command: string, args: readonly string[]): Promise<{ code: number; text: string }> => {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { cwd: root, env: { ...env, PATH } });
    return { code: 0, text: stdout + stderr };
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && 'stderr' in error)
      return { code: 1, text: `${error.stdout}${error.stderr}` };
    throw error;
  }
};

const BAD = `name: Bad
on: pull_request_target
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
      - run: |
          echo $UNQUOTED
          echo "\${{ github.event.pull_request.title }}"
        env:
          TOKEN: \${{ secrets.NPM_TOKEN }}
`;

describe('the workflows', () => {
  it('are what GitHub understands, their shell included', async () => {
    const files = workflows.map(({ file }) => join(WORKFLOWS, file));
    expect(files.length).toBeGreaterThan(3);
    expect(await said(actionlint, files)).toEqual({ code: 0, text: '' });
    const bad = join(folder, 'bad.yml');
    writeFileSync(bad, BAD);
    const { code, text } = await said(actionlint, [bad]);
    expect(code).toBe(1);
    expect(text).toMatch(/potentially untrusted/);
    expect(text).toMatch(/SC2086/);
  });

  it('have none of the known weaknesses', async () => {
    const quiet = ['--offline', '--no-progress', '--color=never'];
    expect(await said(zizmor, [...quiet, join(root, '.github')])).toMatchObject({
      code: 0,
      text: /No findings to report/,
    });
    const bad = join(folder, 'bad.yml');
    writeFileSync(bad, BAD);
    const { code, text } = await said(zizmor, [...quiet, bad]);
    expect(code).toBe(1);
    for (const weakness of ['dangerous-triggers', 'template-injection', 'unpinned-uses', 'artipacked'])
      expect(text).toContain(weakness);
  });

  it.each(workflows)('keep our own rules: $file', (one) => {
    expect(problemsOf(one)).toEqual([]);
  });

  it('would be told of what breaks them', () => {
    const problems = problemsOf(readWorkflow('bad.yml', BAD.replace('on: ', 'on:\n  ').replace('target', 'target:')));
    expect(problems).toEqual([
      'jobs may do what they do not say',
      "runs strangers' code with our rights",
      'names a key or token that is kept: secrets.',
      'names a key or token that is kept: NPM_TOKEN',
      'not pinned by a commit with its tag beside it: - uses: actions/checkout@v7',
      'leaves its token in the checkout',
      expect.stringContaining("puts a value of GitHub's into the shell"),
      expect.stringContaining('has shell that no test runs'),
      'build does not say what it may do',
      'build has no limit of time',
      'build may run twice at once',
      'build runs on whatever is the latest',
    ]);
    const greedy = readWorkflow(
      'ci.yml',
      readFileSync(join(WORKFLOWS, 'ci.yml'), 'utf8').replace('contents: read', 'contents: write'),
    );
    expect(problemsOf(greedy)).toEqual(['static may write contents']);
  });

  it('use one commit of each action', () => {
    const pins = workflows.flatMap(({ text }) => [...text.matchAll(/uses: ([\w.-]+\/[\w./-]+)@(\w+ # \S+)/g)]);
    const byAction = new Map<string, Set<string>>();
    for (const [, action = '', pin = ''] of pins) byAction.set(action, (byAction.get(action) ?? new Set()).add(pin));
    for (const [action, all] of byAction) expect([...all], action).toHaveLength(1);
  });

  it('run scripts and npm scripts that are there, and every script is run', () => {
    const npm = Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts);
    for (const { text, file } of workflows)
      for (const [, list = ''] of text.matchAll(/script: \[(.*)\]/g))
        for (const name of list.split(', ')) expect(npm, file).toContain(name);
    const run = workflows.flatMap(({ jobs }) =>
      Object.values(jobs).flatMap(({ steps }) => steps.map((each) => each.run)),
    );
    const called = run.flatMap((line) => /^bash (scripts\/ci\/\S+)/.exec(line ?? '')?.[1] ?? []);
    for (const script of called) expect(existsSync(join(root, script)), script).toBe(true);
    const inner = scripts.map((script) => readFileSync(join(root, script), 'utf8')).join('\n');
    for (const script of scripts)
      expect(called.includes(script) || inner.includes(`/${script.split('/').at(-1)}"`), script).toBe(true);
  });
});

describe('the scripts of the workflows', () => {
  it('are sound', async () => {
    expect(await said(shellcheck, ['--external-sources', 'deploy/bin/task.sh', ...scripts])).toEqual({
      code: 0,
      text: '',
    });
  });

  it.each(scripts.filter((name) => !name.endsWith('lib.sh')))('end at the first step that fails: %s', (script) => {
    const text = readFileSync(join(root, script), 'utf8');
    expect(text).toMatch(/^#!\/usr\/bin\/env bash\n# .+\n(# .*\n)*set -euo pipefail\n/);
  });
});
