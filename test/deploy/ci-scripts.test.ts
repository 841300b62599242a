import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ciStage, root } from '../support/ci-stage.ts';

const stage = ciStage();
afterAll(stage.close);

const DIGEST = `sha256:${'b'.repeat(64)}`;
const IMAGE = 'ghcr.io/acme/shardline';

describe('every script', () => {
  const scripts = readdirSync(join(root, 'scripts/ci')).filter((name) => name.endsWith('.sh') && name !== 'lib.sh');

  it.each(scripts.filter((name) => name !== 'scan-history.sh'))(
    'says what it needs, and does nothing: %s',
    async (script) => {
      const commands = Object.fromEntries(['docker', 'gh', 'aws', 'npm'].map((name) => [name, 'exit 0']));
      const { code, stderr, calls } = await stage.run(script, { commands });
      expect(code).toBe(2);
      expect(stderr).toMatch(/is missing or empty|usage: /);
      expect(calls).toEqual([]);
    },
  );
});

describe('suite.sh', () => {
  it('runs the npm script, shows its end and ends as it does', async () => {
    for (const code of [0, 3]) {
      const commands = { npm: `seq 1 40; echo "unit tests 7 passed"; exit ${code}` };
      const ran = await stage.run('suite.sh', { args: ['test:unit', 'a b'], commands });
      expect(ran).toMatchObject({ code, calls: ['npm run test:unit -- a b'] });
      expect(ran.summary).toContain(`exit code ${code}`);
      expect(ran.summary).toContain('unit tests 7 passed');
      expect(ran.summary).not.toContain('\n20\n');
    }
  });
});

describe('build-image.sh', () => {
  const head = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  // Writes what buildx writes of a build.
  const docker = (digest: string) =>
    `while [ $# -gt 0 ]; do [ "$1" = --metadata-file ] && printf '{"containerimage.digest":"${digest}"}' >"$2"; shift; done`;

  it('builds for both processors, times taken from the commit, and tells the digest', async () => {
    const made = { IMAGE, COMMIT: head, PUSH: 'true' };
    const { code, calls, outputs } = await stage.run('build-image.sh', {
      env: made,
      commands: { docker: docker(DIGEST) },
    });
    expect(code).toBe(0);
    expect(outputs).toEqual({ digest: DIGEST });
    expect(calls).toHaveLength(1);
    const seconds = execFileSync('git', ['log', '-1', '--format=%ct', head], { cwd: root, encoding: 'utf8' }).trim();
    expect(calls[0]).toMatch(
      /^docker buildx build \. --platform linux\/amd64,linux\/arm64 --provenance=false --sbom=false/,
    );
    expect(calls[0]).toContain(
      `--build-arg SOURCE_DATE_EPOCH=${seconds} --build-arg REVISION=${head} --build-arg VERSION=`,
    );
    expect(calls[0]).toContain(`name=${IMAGE}:sha-${head},push=true,rewrite-timestamp=true`);
  });

  it('fails when the build tells no digest', async () => {
    const made = { IMAGE, COMMIT: head, PUSH: 'false' };
    const ran = await stage.run('build-image.sh', { env: made, commands: { docker: docker('') } });
    expect(ran).toMatchObject({ code: 2, outputs: {} });
    expect(ran.stderr).toContain('the digest that was built is ""');
  });
});

describe('sbom.sh', () => {
  // Compiles: half a minute on a busy machine.
  it('writes the bill of materials that lies in the image', async () => {
    const file = join(stage.folder, 'bills', 'sbom.cdx.json');
    expect(await stage.run('sbom.sh', { args: [file] })).toMatchObject({ code: 0 });
    const bill = JSON.parse(readFileSync(file, 'utf8'));
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'shardline' } } });
    expect(bill.components.map(({ name }: { name: string }) => name)).toContain('fastify');
  }, 240_000);
});
