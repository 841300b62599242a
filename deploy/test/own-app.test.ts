import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const deploy = fileURLToPath(new URL('..', import.meta.url));
const root = join(deploy, '..');
const folder = mkdtempSync(join(root, '.cache', 'own-app-'));
const modules = join(folder, 'node_modules');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The package as npm packs it: its constructs compiled, without anything that is outside of lib/. */
const pack = (): void => {
  const into = join(modules, 'shardline-deploy');
  mkdirSync(into, { recursive: true });
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  execFileSync(tsc, ['-p', join(deploy, 'tsconfig.build.json'), '--outDir', join(into, 'dist')], { stdio: 'inherit' });
  writeFileSync(join(into, 'package.json'), readFileSync(join(deploy, 'package.json')));
  for (const name of ['aws-cdk-lib', 'constructs'])
    symlinkSync(join(deploy, 'node_modules', name), join(modules, name));
};

it('of somebody else takes the package and its constructs as the page of deploy/ shows', () => {
  pack();
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readFileSync(join(deploy, 'README.md'), 'utf8')) ?? [];
  writeFileSync(join(folder, 'app.ts'), example);
  // As the CDK's command line runs an app.
  execFileSync(execPath, [join(folder, 'app.ts')], { env: { ...env, CDK_OUTDIR: join(folder, 'out') } });
  const { Resources } = JSON.parse(readFileSync(join(folder, 'out', 'orders.template.json'), 'utf8'));
  const types = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
  expect(types).toEqual(expect.arrayContaining(['AWS::DynamoDB::GlobalTable', 'AWS::SQS::Queue', 'AWS::IAM::Role']));
  expect(types).not.toContain('AWS::Kinesis::Stream');
}, 120_000);
