import { execFile } from 'node:child_process';
import { expect, inject, it } from 'vitest';

const run = (command: string, args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(command, args, { maxBuffer: 16_777_216 }, (error, stdout, stderr) => {
      // Any exit code above 0 means findings, unless it could not be started.
      if (error && typeof error.code !== 'number') reject(error);
      else resolve(`${stdout}${stderr}`);
    });
  });

it('has nothing for cdk-nag to say of any stack of any environment', () => {
  const found = inject('synthesized').flatMap(({ label, nag }) => nag.map((finding) => `${label}: ${finding}`));
  expect(found).toEqual([]);
});

it('has nothing for cfn-lint to say of any template of any environment', async () => {
  const { command, args } = inject('cfnLint');
  const files = inject('synthesized').map(({ templateFile }) => templateFile);
  // W3005: a dependency said twice, in the CDK's own function that empties buckets. W6001: the values for the chart, an output,
  // hold names of what other stacks made, as they should.
  const ours = ['--regions', 'eu-central-1', '--ignore-checks', 'W3005', 'W6001', '--format', 'parseable', '--'];
  expect(await run(command, [...args, ...ours, ...files])).toBe('');
}, 240_000);
