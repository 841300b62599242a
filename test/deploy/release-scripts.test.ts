import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changesOf } from '../../scripts/ci/changelog.ts';
import { leftovers } from '../../scripts/ci/leftovers.ts';
import { ciStage, root } from '../support/ci-stage.ts';

const stage = ciStage();
afterAll(stage.close);

const COMMIT = 'a'.repeat(40);
const DIGEST = `sha256:${'b'.repeat(64)}`;
const SHA256 = 'd'.repeat(64);
const IMAGE = 'ghcr.io/acme/shardline';
const REPOSITORY = 'acme/shardline';
const FILE = 'shardline-1.2.3.tgz';

const CHANGES = `# Changelog

## [Unreleased]

### Added

- Not yet.

## [1.2.3] - 2026-11-21

### Added

- A thing.

## [1.2.2] - 2026-11-20

### Fixed

## [1.2.1] - 2026-11-19

- The first.

[1.2.1]: https://example.com
`;

describe('what the changelog says of a version', () => {
  it('is its section alone', () => {
    expect(changesOf(CHANGES, '1.2.3')).toBe('### Added\n\n- A thing.');
    expect(changesOf(CHANGES, '1.2.1')).toBe('- The first.');
  });

  it('is nothing where there is no section, or only headings', () => {
    for (const version of ['1.2.2', '1.2.4', '1.2', 'Unreleased', ''])
      expect(changesOf(CHANGES, version), version).toBeUndefined();
  });
});

describe('leftovers', () => {
  const stack = (tags: Record<string, string>, day = 1, more = {}) => ({
    CreationTime: `2026-11-0${day}T00:00:00Z`,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    ...more,
  });
  const preview = (suffix: string, day = 1) => stack({ environment: 'preview', suffix }, day);

  it('are previews of pull requests that are not open, the oldest first, no more than asked for', () => {
    const stacks = [preview('pr-3', 3), preview('pr-1', 2), preview('pr-1', 1), preview('pr-2', 2)];
    expect(leftovers(stacks, [], 9)).toEqual(['pr-1', 'pr-2', 'pr-3']);
    expect(leftovers(stacks, [{ number: 2 }], 9)).toEqual(['pr-1', 'pr-3']);
    expect(leftovers(stacks, [], 2)).toEqual(['pr-1', 'pr-2']);
  });

  it('are never anything else', () => {
    const others = [
      stack({ environment: 'prod', suffix: 'pr-7' }),
      preview('anna'),
      preview('pr-7x'),
      preview('prod'),
      stack({ suffix: 'pr-7' }),
      stack({ environment: 'preview' }),
      stack({ environment: 'preview', suffix: 'pr-7' }, 1, { ParentId: 'arn:parent' }),
      { CreationTime: '2026-11-01T00:00:00Z' },
    ];
    expect(leftovers(others, [], 9)).toEqual([]);
  });
});

describe('check-release.sh', () => {
  const checkout = join(stage.folder, 'release');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: checkout, encoding: 'utf8' });
  const check = (TAG: string) =>
    stage.run('check-release.sh', { checkout, env: { TAG, NOTES: 'notes.md', REPOSITORY } });
  const HERE = { repository: { url: `git+https://github.com/${REPOSITORY}.git` } };
  const version = (number: string, from: object = HERE) => {
    writeFileSync(join(checkout, 'package.json'), JSON.stringify({ name: 'shardline', version: number, ...from }));
    git('commit', '-qam', number, '--allow-empty');
    git('tag', `v${number}`);
  };

  beforeAll(() => {
    mkdirSync(join(checkout, 'scripts'), { recursive: true });
    cpSync(join(root, 'scripts/ci'), join(checkout, 'scripts/ci'), { recursive: true });
    const beta = CHANGES.replace('## [1.2.3]', '## [1.3.0-beta.1] - 2026-11-21\n\n- Soon.\n\n## [1.2.3]');
    writeFileSync(join(checkout, 'CHANGELOG.md'), beta);
    git('init', '-q');
    writeFileSync(join(checkout, 'package.json'), '{}');
    git('add', 'package.json', 'CHANGELOG.md');
    for (const number of ['1.2.1', '1.2.2', '1.2.3', '1.3.0-beta.1']) version(number);
    version('1.2.4', {});
    git('update-ref', 'refs/remotes/origin/main', 'HEAD');
  });

  it('tells version and commit of a tag that is ready, and writes its notes', async () => {
    git('checkout', '-q', 'v1.2.3');
    const commit = git('rev-parse', 'HEAD').trim();
    expect(await check('v1.2.3')).toMatchObject({
      code: 0,
      outputs: { version: '1.2.3', commit, prerelease: 'false' },
    });
    expect(readFileSync(join(checkout, 'notes.md'), 'utf8')).toBe('### Added\n\n- A thing.\n');
    git('checkout', '-q', 'v1.3.0-beta.1');
    expect(await check('v1.3.0-beta.1')).toMatchObject({ code: 0, outputs: { prerelease: 'true' } });
  });

  it('refuses what is not ready, and says why', async () => {
    git('checkout', '-q', 'v1.2.2');
    expect(await check('v1.2.2')).toMatchObject({
      code: 1,
      outputs: {},
      stderr: expect.stringMatching(/has no section "## \[1.2.2\]/),
    });
    expect(await check('v1.2.3')).toMatchObject({
      code: 1,
      outputs: {},
      stderr: expect.stringMatching(/package.json says 1.2.2/),
    });
    expect(await check('1.2.2')).toMatchObject({ code: 2, outputs: {} });
    git('checkout', '-q', 'v1.2.4');
    const nameless = expect.stringContaining('names "" as its repository');
    expect(await check('v1.2.4')).toMatchObject({ code: 1, outputs: {}, stderr: nameless });
    git('checkout', '-q', 'v1.2.3');
    git('tag', '-d', 'v1.2.3');
    expect(await check('v1.2.3')).toMatchObject({
      code: 1,
      outputs: {},
      stderr: expect.stringMatching(/there is no tag v1.2.3/),
    });
    git('commit', '-q', '--allow-empty', '-m', 'aside');
    git('tag', 'v1.2.3');
    expect(await check('v1.2.3')).toMatchObject({
      code: 1,
      outputs: {},
      stderr: expect.stringMatching(/v1.2.3 is not on main/),
    });
  });
});

describe('fetch-build.sh', () => {
  const FOLDER = join(stage.folder, 'fetched');
  const env = { COMMIT, REPOSITORY, FOLDER };
  const gh = (run: string, build: object) =>
    `case "$2" in list) echo '${run}' ;; download) mkdir -p ${FOLDER}; echo '${JSON.stringify(build)}' >${FOLDER}/build.json ;; esac`;
  const build = { commit: COMMIT, digest: DIGEST, file: FILE, sha256: SHA256 };

  it('takes what the finished run of that commit on main built', async () => {
    const { code, calls, outputs } = await stage.run('fetch-build.sh', { env, commands: { gh: gh('77', build) } });
    expect(code).toBe(0);
    expect(calls[0]).toContain(`--workflow deliver.yml --branch main --commit ${COMMIT} --status success`);
    expect(calls[1]).toBe(`gh run download 77 --repo ${REPOSITORY} --name build --dir ${FOLDER}`);
    expect(outputs).toEqual({ digest: DIGEST, file: FILE, sha256: SHA256 });
  });

  it('refuses where there is none, and what another commit built', async () => {
    const none = await stage.run('fetch-build.sh', { env, commands: { gh: gh('', build) } });
    expect(none).toMatchObject({
      code: 1,
      outputs: {},
      stderr: expect.stringMatching(/no finished run of deliver.yml/),
    });
    const other = { ...build, commit: 'e'.repeat(40) };
    const wrong = await stage.run('fetch-build.sh', { env, commands: { gh: gh('77', other) } });
    expect(wrong).toMatchObject({ code: 1, outputs: {}, stderr: expect.stringMatching(/built eeee/) });
    const path = { ...build, file: '../../etc/passwd' };
    expect(await stage.run('fetch-build.sh', { env, commands: { gh: gh('77', path) } })).toMatchObject({ code: 2 });
  });
});

describe('publish-npm.sh', () => {
  const PACKAGE = join(stage.folder, FILE);
  writeFileSync(PACKAGE, 'the package');
  const integrity = `sha512-${createHash('sha512').update('the package').digest('base64')}`;
  const env = { PACKAGE, VERSION: '1.2.3', PRERELEASE: 'false' };
  const npm = (there: string, version = '11.6.0') =>
    `case "$1" in --version) echo ${version} ;; view) ${there ? `echo ${there}` : 'exit 1'} ;; esac`;
  const publish = (commands: string, more = {}) =>
    stage.run('publish-npm.sh', { env: { ...env, ...more }, commands: { npm: commands } });

  it('publishes the built file with provenance; a prerelease is not the latest', async () => {
    const { code, calls } = await publish(npm(''));
    expect(code).toBe(0);
    expect(calls.at(-1)).toBe(`npm publish ${PACKAGE} --provenance --access public --tag latest`);
    const next = await publish(npm(''), { VERSION: '1.3.0-beta.1', PRERELEASE: 'true' });
    expect(next.calls.at(-1)).toMatch(/--tag next$/);
  });

  it('leaves what is published: the same is fine, another is an error', async () => {
    const again = await publish(npm(integrity));
    expect(again.code).toBe(0);
    expect(again.calls.join('\n')).not.toContain('publish');
    const other = await publish(npm('sha512-other'));
    expect(other).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is published already, and is another package/),
    });
    expect(other.calls.join('\n')).not.toContain('publish');
  });

  it('refuses an npm that would ask for a token', async () => {
    expect(await publish(npm('', '10.9.2'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/npm 10.9.2 is too old/),
    });
  });
});

describe('tag-image.sh and publish-release.sh', () => {
  const docker = (digest: string) => `case "$*" in *inspect*) echo ${digest} ;; esac`;
  const name = (VERSION: string, PRERELEASE: string, digest = DIGEST) =>
    stage.run('tag-image.sh', { env: { IMAGE, DIGEST, VERSION, PRERELEASE }, commands: { docker: docker(digest) } });

  it('name the very digest; only a release moves the shorter names', async () => {
    const { code, calls } = await name('1.2.3', 'false');
    const tags = ['1.2.3', '1.2', '1', 'latest'].map((tag) => `--tag ${IMAGE}:${tag}`).join(' ');
    expect(code).toBe(0);
    expect(calls[0]).toBe(`docker buildx imagetools create ${tags} ${IMAGE}@${DIGEST}`);
    const beta = await name('1.3.0-beta.1', 'true');
    expect(beta.calls[0]).toBe(`docker buildx imagetools create --tag ${IMAGE}:1.3.0-beta.1 ${IMAGE}@${DIGEST}`);
    expect(await name('1.2.3', 'false', `sha256:${'c'.repeat(64)}`)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/in place of/),
    });
  });

  it('make the release once, with notes, package, bill of materials and what was built', async () => {
    const env = { TAG: 'v1.2.3', FOLDER: 'build', FILE, PRERELEASE: 'true', REPOSITORY };
    const made = await stage.run('publish-release.sh', { env, commands: { gh: '[ "$2" != view ]' } });
    expect(made.code).toBe(0);
    expect(made.calls[1]).toBe(
      `gh release create v1.2.3 build/${FILE} build/sbom.cdx.json build/build.json --repo ${REPOSITORY} --verify-tag --title v1.2.3 --notes-file build/notes.md --prerelease`,
    );
    const again = await stage.run('publish-release.sh', { env, commands: { gh: 'exit 0' } });
    expect(again).toMatchObject({ code: 0, calls: [`gh release view v1.2.3 --repo ${REPOSITORY}`] });
  });
});
