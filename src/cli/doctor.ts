import { Command, InvalidArgumentError } from 'commander';
import { loadConfig } from '../config/load.ts';
import { type Finding, worst } from '../doctor/finding.ts';
import { CONFIG_OPTION } from './config-option.ts';
import type { Shell } from './shell.ts';

const COLUMN = 24;

const lines = ({ check, state, message, fix, diff = [] }: Finding): string => {
  const below = [...(state === 'ok' || fix === undefined ? [] : [`fix: ${fix}`]), ...diff];
  return [`${state.padEnd(4)}  ${check.padEnd(COLUMN)}  ${message}`, ...below.map((line) => `      ${line}`)].join(
    '\n',
  );
};

const summary = (findings: readonly Finding[]): string => {
  const count = (state: Finding['state']) => findings.filter((each) => each.state === state).length;
  return `${count('ok')} ok, ${count('warn')} to look at (warn), ${count('fail')} to mend (fail)`;
};

const workerArn = (text: string): string => {
  if (/^arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]+$/.test(text)) return text;
  throw new InvalidArgumentError('Expected the ARN of an IAM role, such as arn:aws:iam::123456789012:role/shardline.');
};

/** `shardline doctor`: what a worker of this configuration would meet, asked of AWS and OpenSearch themselves. */
export const doctorCommand = (shell: Shell): Command =>
  new Command('doctor')
    .description('ask AWS and OpenSearch whether a worker would do well; each line ok, warn or fail, with the fix')
    .option(...CONFIG_OPTION)
    .option('--apply', 'first install the index template and the ISM policy of this configuration')
    .option('--worker <arn>', 'with --apply: give this IAM role the rights of a worker inside OpenSearch', workerArn)
    .option('--json', 'print the findings as JSON')
    .action(async (options: { config?: string; apply?: true; worker?: string; json?: true }) => {
      const { config, warnings } = loadConfig({ file: options.config, env: shell.env, cwd: shell.cwd });
      const { examineWorld } = await import('../app/doctor/doctor.ts');
      const stop = new AbortController();
      shell.onStopSignal(() => stop.abort());
      if (shell.terminal) shell.note('asking AWS and OpenSearch …');
      const findings = await examineWorld(config, warnings, {
        cwd: shell.cwd,
        apply: options.apply === true || options.worker !== undefined,
        worker: options.worker,
        stop: stop.signal,
      });
      const state = worst(findings);
      if (options.json) await shell.print(JSON.stringify({ ok: state !== 'fail', findings }, undefined, 2));
      else await shell.print([...findings.map(lines), summary(findings)].join('\n'));
      if (state === 'fail') shell.end(1);
    });
