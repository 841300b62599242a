import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ShardlineError } from '../../src/core/errors.ts';
import { onPath } from '../../src/local/jdk.ts';
import { withLock } from '../../src/local/lock.ts';
import type { Machine } from '../../src/local/machine.ts';
import { startChild } from '../../src/local/process.ts';
import { runFolder } from '../../src/local/run-folder.ts';
import { startServer, tail } from '../../src/local/server.ts';

const beside = (name: string): string => fileURLToPath(new URL(`moto/${name}`, import.meta.url));

/** Every package it needs with its exact version. */
const REQUIREMENTS = beside('requirements.txt');
const START_WITHIN_MS = 60_000;

export interface MotoServer {
  readonly url: string;
  /** Nothing of it is on disk: it is killed. */
  stop(): Promise<void>;
}

/** Where Python is; or the error that says how to get it. */
const findPython = (env: Machine['env']): string => {
  const python = onPath('python3', env);
  if (python) return python;
  throw new ShardlineError(
    'SHARDLINE_LOCAL_TOOL_MISSING',
    'python3 (3.11 or newer, with its venv module) is needed for moto, which stands in for SQS, S3 and Firehose: install it (Debian, Ubuntu: apt install python3-venv; macOS: brew install python; any: https://www.python.org).',
  );
};

/** Runs a step of the installation; its end tells what to do when it fails. */
const step = async (machine: Machine, command: string, args: readonly string[], logFile: string, hint: string) => {
  // A venv that is active, or paths meant for other programs of the user, must not change this one.
  const env = { ...machine.env, PYTHONPATH: undefined, PYTHONHOME: undefined, VIRTUAL_ENV: undefined };
  const ending = await startChild({ command, args, env, clock: machine.clock, logFile }).ended;
  if (ending === 'exit code 0') return;
  throw new ShardlineError(
    'SHARDLINE_LOCAL_START_FAILED',
    `moto cannot be installed: ${command} ${args[1]} failed (${ending}). ${hint}\n${tail(logFile, 10)}`,
  );
};

const make = async (machine: Machine, python: string, folder: string): Promise<void> => {
  const work = `${folder}.${process.pid}.part`;
  // Under the lock nobody else is at it: what is unfinished was left by a run that was broken off.
  for (const name of readdirSync(dirname(folder)))
    if (name.endsWith('.part')) rmSync(join(dirname(folder), name), { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    machine.say('installing moto with pip (60 MB, once) …');
    const log = join(work, 'install.log');
    const venvHint = 'Its venv module must be complete (Debian, Ubuntu: apt install python3-venv).';
    await step(machine, python, ['-m', 'venv', join(work, 'venv')], log, venvHint);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '-r', REQUIREMENTS];
    await step(machine, join(work, 'venv', 'bin', 'python'), pip, log, 'Try again when the network is back.');
    if (!existsSync(folder)) renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** Makes sure moto is on this machine and returns its Python. A venv may be moved as long as it is run by that. */
const installMoto = async (machine: Machine): Promise<string> => {
  const base = findPython(machine.env);
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(base).digest('hex').slice(0, 12);
  const folder = join(machine.cache, 'parts', `moto-${hash}`);
  if (!existsSync(folder))
    await withLock(machine, join(machine.cache, 'parts', 'lock'), async () => {
      if (!existsSync(folder)) await make(machine, base, folder);
    });
  return join(folder, 'venv', 'bin', 'python');
};

/** Starts moto, which plays SQS, S3 and Firehose, on the loopback address; what is missing is downloaded first. */
export const startMoto = async (machine: Machine): Promise<MotoServer> => {
  const python = await installMoto(machine);
  const folder = runFolder(machine, 'moto');
  machine.say('starting moto …');
  const { child, port } = await startServer(machine, {
    label: 'moto',
    command: python,
    args: [beside('serve.py')],
    env: { ...machine.env, PYTHONPATH: undefined, PYTHONHOME: undefined, PYTHONDONTWRITEBYTECODE: '1' },
    folder,
    startWithinMs: START_WITHIN_MS,
  });
  const url = `http://127.0.0.1:${port}`;
  machine.say(`moto answers on ${url}`);
  return {
    url,
    stop: async () => {
      await child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
