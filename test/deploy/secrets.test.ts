import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shardline-secrets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What no clone holds: `.gitignore` says so for git, this for a copy of the tree without it. */
const ELSEWHERE = new Set(['node_modules', 'dist', '.cache', 'coverage', 'cdk.out', '.git']);

const filesOfTree = (): string[] | undefined =>
  existsSync(join(root, '.git'))
    ? execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: root, encoding: 'utf8' })
        .split('\0')
        .filter((path) => path !== '' && existsSync(join(root, path)))
    : undefined;

const tree = join(folder, 'tree');
beforeAll(() => {
  const files = filesOfTree();
  if (!files) {
    cpSync(root, tree, { recursive: true, filter: (path) => !ELSEWHERE.has(path.split('/').at(-1) ?? '') });
    return;
  }
  for (const path of files) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    cpSync(join(root, path), join(tree, path), { dereference: false });
  }
});

/** What gitleaks finds: file, line and rule of each. */
const found = async (how: 'dir' | 'git', where: string): Promise<string[]> => {
  const report = join(folder, 'report.json');
  const config = join(root, '.gitleaks.toml');
  const args = [how, where, '--config', config, '--no-banner', '--redact', '--exit-code', '0'];
  await promisify(execFile)(inject('tools').gitleaks, [...args, '--report-format', 'json', '--report-path', report]);
  const all: { File: string; StartLine: number; RuleID: string }[] = JSON.parse(readFileSync(report, 'utf8'));
  return all.map(({ File, StartLine, RuleID }) => `${File.replace(`${where}/`, '')}:${StartLine} ${RuleID}`);
};

// Put together here, so that they stand nowhere.
const awsKey = ['AKIA', 'Z7QK4MVT', '2XWRB3LP'].join('');
const githubToken = ['ghp', '_', 'x7Kq2mVt9ZpLw4RbNc8Hd3Fj6Gs1Ya5Te0Uo'].join('');

describe('no secret', () => {
  it('stands in the tree', async () => {
    expect(await found('dir', tree)).toEqual([]);
  });

  it('stands in the history that is there', async () => {
    if (!existsSync(join(root, '.git'))) return;
    expect(await found('git', root)).toEqual([]);
  });

  it('would be missed, in a file or in a commit that was taken back', async () => {
    const repository = join(folder, 'repository');
    mkdirSync(join(repository, 'test/delivery'), { recursive: true });
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: repository, stdio: 'pipe' });
    git('init', '-q');
    // The exception is for made-up passwords of tests, and for nothing else in the same files.
    writeFileSync(join(repository, 'test/delivery/x.test.ts'), `const key = '${awsKey}';\n`);
    writeFileSync(join(repository, 'deploy.sh'), `export GITHUB_TOKEN=${githubToken}\n`);
    git('add', '.');
    git('commit', '-qm', 'one');
    const both = ['deploy.sh:1 github-pat', 'test/delivery/x.test.ts:1 aws-access-token'];
    expect((await found('dir', repository)).sort()).toEqual(both);
    git('rm', '-qr', '.');
    git('commit', '-qm', 'two');
    expect(await found('dir', repository)).toEqual([]);
    expect((await found('git', repository)).sort()).toEqual(both);
  });

  it('is excepted without a reason', () => {
    const exceptions = readFileSync(join(root, '.gitleaks.toml'), 'utf8').split('[[allowlists]]').slice(1);
    for (const exception of exceptions) {
      expect(exception).toMatch(/^description = ".{20,}"$/m);
      expect(exception).toMatch(/^targetRules = \["/m);
      expect(exception).toMatch(/^paths = /m);
    }
  });
});

describe('the scan of the history in a workflow', () => {
  const script = (cwd: string) =>
    promisify(execFile)('bash', [join(root, 'scripts/ci/scan-history.sh')], {
      cwd,
      env: { ...env, GITLEAKS: inject('tools').gitleaks },
    });

  it('has the version of the tests, and refuses a clone that holds only a part', async () => {
    const pinned = /version: '(v8[\d.]+)'/.exec(readFileSync(join(root, 'test/support/tools/go.ts'), 'utf8'))?.[1];
    expect(readFileSync(join(root, 'scripts/ci/scan-history.sh'), 'utf8')).toContain(`version=${pinned}\n`);
    const [whole, part] = [join(folder, 'whole'), join(folder, 'part')];
    mkdirSync(whole);
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: whole, stdio: 'pipe' });
    git('init', '-q');
    cpSync(join(root, '.gitleaks.toml'), join(whole, '.gitleaks.toml'));
    for (const text of ['nothing', `token = "${githubToken}"`]) {
      writeFileSync(join(whole, 'a.txt'), text);
      git('add', '.');
      git('commit', '-qm', text.slice(0, 3));
      if (text === 'nothing') expect((await script(whole)).stderr).toContain('no leaks found');
    }
    await expect(script(whole)).rejects.toMatchObject({ stderr: expect.stringContaining('leaks found: 1') });
    git('clone', '-q', '--depth', '1', `file://${whole}`, part);
    await expect(script(part)).rejects.toMatchObject({ stderr: expect.stringContaining('only a part of the history') });
  });
});
