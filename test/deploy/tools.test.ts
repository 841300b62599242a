import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';

const run = promisify(execFile);

it('has every program that the checks need, and each runs', async () => {
  const { actionlint, gitleaks, helm, kubeconform, cfnLint, hadolint, yamllint, shellcheck, zizmor } = inject('tools');
  expect((await run(helm, ['version', '--short'])).stdout).toContain('v3.22');
  expect((await run(actionlint, ['-version'])).stdout).toContain('v1.7.12');
  expect((await run(shellcheck, ['--version'])).stdout).toContain('0.11.0');
  expect((await run(zizmor, ['--version'])).stdout).toContain('1.32.0');
  // Built by `go install`, these know no version of their own.
  expect((await run(kubeconform, ['-h'])).stdout).toContain('schema-location');
  expect((await run(gitleaks, ['dir', '--help'])).stdout).toContain('gitleaks dir');
  for (const [{ command, args }, version] of [
    [cfnLint, '1.58.0'],
    [hadolint, '2.15.1'],
    [yamllint, '1.38.0'],
  ] as const)
    expect((await run(command, [...args, '--version'])).stdout).toContain(version);
  expect(readdirSync(inject('tools').kubernetesSchemas)).toContain('v1.37.0-local');
});
