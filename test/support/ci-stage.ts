import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stderr: string;
  /** Each command that stands in for one of the outside, with its arguments, in order. */
  readonly calls: readonly string[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
}

const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

/**
 * Where a workflow's script runs with commands that speak to the outside (GitHub, AWS, Docker) replaced by ones that note how
 * they were called; everything else is real. Each value is the shell that says what the command would.
 */
export const ciStage = () => {
  const folder = mkdtempSync(join(tmpdir(), 'shardline-ci-'));
  const bin = join(folder, 'bin');
  const run = async (
    script: string,
    options: {
      readonly args?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly commands?: Readonly<Record<string, string>>;
      /** Another checkout than this one. */
      readonly checkout?: string;
    } = {},
  ): Promise<Outcome> => {
    const [log, output, summary] = ['calls', 'output', 'summary'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const path of [log, output, summary, bin]) rmSync(path, { recursive: true, force: true });
    mkdirSync(bin);
    for (const [name, says] of Object.entries(options.commands ?? {})) {
      writeFileSync(join(bin, name), `#!/usr/bin/env bash\nprintf '%s\\n' "${name} $*" >>"${log}"\n${says}\n`);
      chmodSync(join(bin, name), 0o755);
    }
    const PATH = [bin, join(execPath, '..'), env.PATH].join(delimiter);
    const outcome = await promisify(execFile)(
      'bash',
      [join(options.checkout ?? root, 'scripts/ci', script), ...(options.args ?? [])],
      {
        cwd: options.checkout ?? root,
        env: { PATH, HOME: env.HOME, GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary, ...options.env },
      },
    ).then(
      ({ stderr }) => ({ code: 0, stderr }),
      (error) => ({ code: Number(error.code), stderr: String(error.stderr) }),
    );
    const lines = read(output).split('\n').filter(Boolean);
    const outputs = Object.fromEntries(lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]));
    return { ...outcome, calls: read(log).split('\n').filter(Boolean), outputs, summary: read(summary) };
  };
  return { folder, run, close: () => rmSync(folder, { recursive: true, force: true }) };
};
