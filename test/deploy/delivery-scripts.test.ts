import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ciStage, root } from '../support/ci-stage.ts';

const stage = ciStage();
afterAll(stage.close);

const COMMIT = 'a'.repeat(40);
const DIGEST = `sha256:${'b'.repeat(64)}`;
const OTHER = `sha256:${'c'.repeat(64)}`;
const IMAGE = 'ghcr.io/acme/shardline';
const REPOSITORY = 'acme/shardline';
const PACKAGE = join(stage.folder, 'shardline-1.2.3.tgz');
writeFileSync(PACKAGE, 'the package');
const SHA256 = createHash('sha256').update('the package').digest('hex');

describe('pack.sh and note-build.sh', () => {
  it('tell the one package with its checksum, and write down what was built', async () => {
    const folder = join(stage.folder, 'packed');
    const commands = { npm: 'printf packed >"$4/shardline-1.2.3.tgz"' };
    const { code, calls, outputs } = await stage.run('pack.sh', { args: [folder], commands });
    const sha256 = createHash('sha256').update('packed').digest('hex');
    expect(code).toBe(0);
    expect(calls).toEqual([`npm pack --silent --pack-destination ${folder}`]);
    expect(outputs).toEqual({ file: 'shardline-1.2.3.tgz', sha256 });
    const OUT = join(folder, 'notes', 'build.json');
    await stage.run('note-build.sh', { env: { COMMIT, DIGEST, FILE: 'shardline-1.2.3.tgz', SHA256: sha256, OUT } });
    expect(JSON.parse(readFileSync(OUT, 'utf8'))).toEqual({
      ...{ commit: COMMIT, digest: DIGEST, file: 'shardline-1.2.3.tgz', sha256 },
    });
    writeFileSync(join(folder, 'shardline-1.2.2.tgz'), 'older');
    const two = await stage.run('pack.sh', { args: [folder], commands });
    expect(two).toMatchObject({ code: 1, outputs: {} });
    expect(two.stderr).toContain('holds 2 packages');
  });
});

describe('verify.sh', () => {
  it('refuses what does not look like what it should be', async () => {
    for (const [name, value] of [
      ['IMAGE', 'a; rm -rf /'],
      ['DIGEST', 'sha256:abc'],
      ['COMMIT', 'main'],
      ['REPOSITORY', 'acme/shardline --x'],
      ['SHA256', `${SHA256}\n`],
    ] as const) {
      const { code, stderr, calls } = await stage.run('verify.sh', {
        env: { ...good, [name]: value },
        commands: { gh: 'exit 0' },
      });
      expect(code, name).toBe(2);
      expect(stderr, name).toContain(`verify.sh: ${name} is "`);
      expect(calls).toEqual([]);
    }
  });

  const good = { IMAGE, DIGEST, PACKAGE, SHA256, COMMIT, REPOSITORY };

  it('asks for both attestations, made by the build workflow from this commit', async () => {
    const env = { ...good, SOURCE_REF: 'refs/heads/main' };
    const { code, calls } = await stage.run('verify.sh', { env, commands: { gh: 'exit 0' } });
    const by = `--repo ${REPOSITORY} --signer-workflow ${REPOSITORY}/.github/workflows/build.yml --source-digest ${COMMIT} --source-ref refs/heads/main`;
    expect(code).toBe(0);
    expect(calls).toEqual([
      `gh attestation verify oci://${IMAGE}@${DIGEST} ${by}`,
      `gh attestation verify ${PACKAGE} ${by}`,
    ]);
  });

  it('refuses another package before it asks, and an image without attestation', async () => {
    const swapped = { ...good, SHA256: 'd'.repeat(64) };
    const refused = await stage.run('verify.sh', { env: swapped, commands: { gh: 'exit 0' } });
    expect(refused).toMatchObject({ code: 1, calls: [] });
    expect(refused.stderr).toContain(`has the checksum ${SHA256}, but`);
    const unsigned = await stage.run('verify.sh', { env: good, commands: { gh: 'exit 1' } });
    expect(unsigned.code).toBe(1);
    expect(unsigned.calls).toHaveLength(1);
  });
});

describe('mirror.sh', () => {
  const made = join(stage.folder, 'made');
  beforeEach(() => rmSync(made, { force: true }));
  const uri = '123456789012.dkr.ecr.eu-central-1.amazonaws.com/shardline';
  const env = { IMAGE, DIGEST, COMMIT, ECR_REPOSITORY: 'shardline', AWS_REGION: 'eu-central-1' };
  // What the registry answers before the image is copied, and after.
  const commands = (copied: string, before = '') => ({
    aws: `case "$*" in *describe*) echo ${uri} ;; *) echo a-password ;; esac`,
    docker: `case "$*" in *inspect*) if [ -e ${made} ]; then echo ${copied}; else echo ${before}; fi ;; *create*) touch ${made} ;; login*) [ "$(cat)" = a-password ] ;; esac`,
  });

  it('copies by digest, and tells where the copy is, by digest', async () => {
    const { code, calls, outputs } = await stage.run('mirror.sh', { env, commands: commands(DIGEST) });
    expect(code).toBe(0);
    expect(outputs).toEqual({ reference: `${uri}@${DIGEST}` });
    expect(calls).toContain(`docker login --username AWS --password-stdin ${uri.split('/')[0]}`);
    expect(calls).toContain(`docker buildx imagetools create --tag ${uri}:sha-${COMMIT} ${IMAGE}@${DIGEST}`);
    expect(calls.join('\n')).not.toContain('a-password');
  });

  it('leaves a copy that is there', async () => {
    const { code, calls } = await stage.run('mirror.sh', { env, commands: commands(DIGEST, DIGEST) });
    expect(code).toBe(0);
    expect(calls.join('\n')).not.toContain('create');
  });

  it('fails when the copy is another image', async () => {
    const ran = await stage.run('mirror.sh', { env, commands: commands(OTHER) });
    expect(ran).toMatchObject({ code: 1, outputs: {} });
    expect(ran.stderr).toContain(`has the digest ${OTHER} in place of ${DIGEST}`);
  });
});

describe('deploy.sh and destroy.sh', () => {
  const REFERENCE = `1.dkr.ecr.eu-central-1.amazonaws.com/shardline@${DIGEST}`;
  // It runs in `deploy/`: a copy, where it may leave its outputs.
  const copy = join(stage.folder, 'checkout');
  mkdirSync(join(copy, 'deploy'), { recursive: true });
  cpSync(join(root, 'scripts/ci'), join(copy, 'scripts/ci'), { recursive: true });
  const commands = { npm: 'echo "{}" >deploy/outputs.json' };
  const run = (script: string, env: Record<string, string>) => stage.run(script, { env, commands, checkout: copy });

  const destroying = (suffix: string) =>
    `npm run cdk -- destroy --all -c env=preview -c service.image=000000000000.dkr.ecr.nowhere.amazonaws.com/no:image -c suffix=${suffix} --force`;

  it('name the environment and the image by digest; only previews have a suffix', async () => {
    const prod = await run('deploy.sh', { ENVIRONMENT: 'prod', REFERENCE });
    expect(prod.stderr).toBe('');
    expect(prod.calls).toEqual([
      `npm run cdk -- deploy --all -c env=prod -c service.image=${REFERENCE} --require-approval never --progress events --outputs-file outputs.json`,
    ]);
    const preview = await run('deploy.sh', { ENVIRONMENT: 'preview', REFERENCE, SUFFIX: 'pr-12' });
    expect(preview.calls[0]).toContain(`-c env=preview -c service.image=${REFERENCE} -c suffix=pr-12 `);
    for (const wrong of [
      { ENVIRONMENT: 'prod', REFERENCE, SUFFIX: 'pr-12' },
      { ENVIRONMENT: 'preview', REFERENCE },
      { ENVIRONMENT: 'preview', REFERENCE, SUFFIX: 'prod' },
      { ENVIRONMENT: 'prod', REFERENCE: 'shardline:latest' },
      { ENVIRONMENT: 'production', REFERENCE },
    ])
      expect(await run('deploy.sh', wrong)).toMatchObject({ code: 2, calls: [] });
  });

  it('can destroy nothing but a preview', async () => {
    expect((await run('destroy.sh', { SUFFIX: 'pr-12' })).calls).toEqual([destroying('pr-12')]);
    for (const SUFFIX of ['prod', 'pr-', 'pr-0', 'pr-12 --all', 'anna'])
      expect(await run('destroy.sh', { SUFFIX })).toMatchObject({ code: 2, calls: [] });
  });

  it('are swept by: every leftover is tried, and the run fails when one stays', async () => {
    const stack = (suffix: string, day: number) => ({
      CreationTime: `2026-11-0${day}T00:00:00Z`,
      Tags: Object.entries({ environment: 'preview', suffix }).map(([Key, Value]) => ({ Key, Value })),
    });
    const stacks = join(stage.folder, 'stacks.json');
    writeFileSync(stacks, JSON.stringify({ Stacks: [stack('pr-3', 3), stack('pr-1', 1), stack('pr-2', 2)] }));
    const outside = (broken: string) => ({
      aws: `cat ${stacks}`,
      gh: `echo '[{"number":2}]'`,
      npm: `case "$*" in *${broken}*) exit 1 ;; esac`,
    });
    const sweep = (broken: string) =>
      stage.run('sweep.sh', { env: { REPOSITORY }, commands: outside(broken), checkout: copy });
    const all = await sweep('none');
    expect(all.code).toBe(0);
    expect(all.calls).toEqual([
      'aws cloudformation describe-stacks --output json',
      `gh pr list --repo ${REPOSITORY} --state open --label preview --limit 1000 --json number`,
      destroying('pr-1'),
      destroying('pr-3'),
    ]);
    expect(all.summary).toBe('Destroyed: pr-1 pr-3\n');
    const some = await sweep('pr-1');
    expect(some.code).toBe(1);
    expect(some.calls).toHaveLength(4);
    expect(some.stderr).toContain('not destroyed: pr-1');
    const mute = { ...outside('none'), gh: 'exit 1' };
    const blind = await stage.run('sweep.sh', { env: { REPOSITORY }, commands: mute, checkout: copy });
    expect(blind.code).not.toBe(0);
    expect(blind.calls).toHaveLength(2);
  });
});
