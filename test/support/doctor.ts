import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { examineWorld } from '../../src/app/doctor/doctor.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type Finding, worst } from '../../src/doctor/finding.ts';
import { packageRoot } from '../../src/local/machine.ts';

export interface Examined {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Each as `state check: message`. */
  readonly lines: readonly string[];
  of(check: Finding['check']): readonly Finding[];
}

/** Busy machines are no finding. */
const PATIENT_MS = 60_000;

const examined = (code: number | null, out: string, err: string, findings: readonly Finding[]): Examined => ({
  code,
  out,
  err,
  lines: findings.map(({ state, check, message }) => `${state} ${check}: ${message}`),
  of: (name) => findings.filter(({ check }) => check === name),
});

/**
 * What the command would find, asked by this very process, which is quicker; the AWS SDK's part of the environment
 * becomes that of the process.
 */
export const examineHere = async (
  folder: string,
  env: Readonly<Record<string, string>>,
  apply = false,
  worker?: string,
): Promise<Examined> => {
  for (const [name, value] of Object.entries(env)) if (name.startsWith('AWS_')) process.env[name] = value;
  const { config, warnings } = loadConfig({ env, cwd: folder });
  const stop = new AbortController().signal;
  const findings = await examineWorld(config, warnings, { cwd: folder, apply, worker, stop, withinMs: PATIENT_MS });
  return examined(worst(findings) === 'fail' ? 1 : 0, '', '', findings);
};

/** Runs `shardline doctor --json` as a user does. */
export const doctor = (
  folder: string,
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Examined> =>
  new Promise((resolve) => {
    const command = [join(packageRoot(), 'bin', 'shardline.js'), 'doctor', '--json', ...args];
    const options = { cwd: folder, env: { ...process.env, ...environment } };
    const child = execFile(process.execPath, command, options, (_, out, err) => {
      const findings: readonly Finding[] = out === '' ? [] : JSON.parse(out).findings;
      resolve(examined(child.exitCode, out, err, findings));
    });
  });
