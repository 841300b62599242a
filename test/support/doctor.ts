import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Finding } from '../../src/doctor/finding.ts';
import { packageRoot } from '../../src/local/machine.ts';

export interface Examined {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Each as `state check: message`. */
  readonly lines: readonly string[];
  of(check: Finding['check']): readonly Finding[];
}

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
      const lines = findings.map(({ state, check, message }) => `${state} ${check}: ${message}`);
      const of = (name: Finding['check']) => findings.filter(({ check }) => check === name);
      resolve({ code: child.exitCode, out, err, lines, of });
    });
  });
