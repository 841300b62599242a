import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce, missing, runStep } from './install-once.ts';
import { onPath } from './jdk.ts';
import type { Machine } from './machine.ts';

export interface PythonPackages {
  readonly name: string;
  /** Completes "python3 is needed for …". */
  readonly purpose: string;
  /** A file that lists every package, also those that others need, with its exact version. */
  readonly requirements: string;
  /** What is downloaded, roughly. */
  readonly size: string;
  /** What it runs on, where that must be one version: `python3.11`. */
  readonly program?: string;
}

/** Where Python is; or the error that says how to get it. */
export const findPython = (
  env: Machine['env'],
  { purpose, program = 'python3' }: Pick<PythonPackages, 'purpose' | 'program'>,
): string => {
  const python = onPath(program, env);
  if (python) return python;
  const anyVersion = program === 'python3' ? '3.11 or newer, ' : '';
  const brew = program === 'python3' ? 'python' : program.replace('python', 'python@');
  throw missing(
    `${program} (${anyVersion}with its venv module) is needed for ${purpose}: install it (Debian, Ubuntu: apt install ${program}-venv; macOS: brew install ${brew}; any: https://www.python.org).`,
  );
};

/**
 * A venv with these packages in the cache; resolves with its `bin` folder. A venv may be moved as long as its programs are
 * run as `bin/python -m …`, or are no scripts: the first line of a script names the folder that it was made in.
 */
export const pythonPackages = async (machine: Machine, wanted: PythonPackages): Promise<string> => {
  const { name, requirements, size } = wanted;
  const base = findPython(machine.env, wanted);
  const key = createHash('sha256').update(readFileSync(requirements)).update(base).digest('hex').slice(0, 12);
  const make = async (work: string) => {
    machine.say(`installing ${name} with pip (${size}, once) …`);
    // A venv that is active, or paths meant for other programs of the user, must not change this one.
    const env = { ...machine.env, PYTHONPATH: undefined, PYTHONHOME: undefined, VIRTUAL_ENV: undefined };
    const step = (command: string, args: readonly string[], hint: string) =>
      runStep(machine, {
        command,
        args,
        env,
        work,
        failed: { what: `${name} cannot be installed: ${command} ${args[1]} failed`, hint },
        doing: `installing ${name}`,
      });
    const venvHint = 'Its venv module must be complete (Debian, Ubuntu: apt install python3-venv).';
    await step(base, ['-m', 'venv', join(work, 'venv')], venvHint);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', requirements];
    await step(join(work, 'venv', 'bin', 'python'), pip, 'Try again when the network is back.');
  };
  return join(await installOnce(machine, { name, key, make }), 'venv', 'bin');
};
