import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ShardlineError } from '../core/errors.ts';
import type { Jdk } from './jdk.ts';
import { withLock } from './lock.ts';
import { type Machine, packageRoot } from './machine.ts';
import { copyDependencies, findMaven } from './maven.ts';
import { startChild } from './process.ts';

/** A server that comes as jars from a Maven repository and is started by a main class of ours. */
export interface JavaPart {
  readonly name: string;
  /** What people call it. */
  readonly label: string;
  /** What they should know before a download: its size. */
  readonly downloadHint: string;
  /** `group:artifact:version` each, with `:type` when it is no jar. */
  readonly artifacts: readonly string[];
  /** Our sources below `src/local/java`, without ending. The first is the main class. */
  readonly sources: readonly string[];
}

/** The package ships its Java sources; `dist` is as deep below its root as `src`. */
export const javaSource = (file: string): string => join(packageRoot(), 'src', 'local', 'java', file);

/** Where a part is kept: a folder named after everything it is made of, complete as soon as it exists. */
const partFolder = (machine: Machine, part: JavaPart): string => {
  const hash = createHash('sha256').update(JSON.stringify(part.artifacts));
  for (const source of part.sources) hash.update(readFileSync(javaSource(`${source}.java`)));
  return join(machine.cache, 'parts', `${part.name}-${hash.digest('hex').slice(0, 12)}`);
};

const runTool = async (machine: Machine, jdk: Jdk, tool: string, args: readonly string[], work: string) => {
  const logFile = join(work, `${tool}.log`);
  const command = join(jdk.home, 'bin', tool);
  const ending = await startChild({ command, args, env: machine.env, clock: machine.clock, logFile }).ended;
  if (ending === 'exit code 0') return;
  const said = readFileSync(logFile, 'utf8').split('\n').slice(0, 5).join('\n');
  throw new ShardlineError('SHARDLINE_LOCAL_START_FAILED', `${command} failed (${ending}):\n${said}`);
};

/** A class-data archive covers jars only, never a folder of classes: so the launcher becomes a jar. */
const compile = async (machine: Machine, jdk: Jdk, part: JavaPart, work: string, lib: string): Promise<void> => {
  const classes = join(work, 'classes');
  const sources = part.sources.map((source) => javaSource(`${source}.java`));
  await runTool(
    machine,
    jdk,
    'javac',
    ['--release', '21', '-nowarn', '-cp', `${lib}/*`, '-d', classes, ...sources],
    work,
  );
  await runTool(machine, jdk, 'jar', ['--create', '--file', join(lib, 'launcher.jar'), '-C', classes, '.'], work);
};

const make = async (machine: Machine, jdk: Jdk, part: JavaPart, folder: string): Promise<void> => {
  const work = `${folder}.${process.pid}.part`;
  // Under the lock nobody else is at it: what is unfinished was left by a run that was broken off.
  for (const name of readdirSync(dirname(folder)))
    if (name.endsWith('.part')) rmSync(join(dirname(folder), name), { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    machine.say(`downloading ${part.label} with Maven (${part.downloadHint}, once) …`);
    await copyDependencies(machine, jdk, part, work, join(work, 'lib'));
    await compile(machine, jdk, part, work, join(work, 'lib'));
    if (!existsSync(folder)) renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/** Makes sure the part is on this machine and returns its folder of jars. Downloads once; interrupted, it starts over. */
export const installPart = async (machine: Machine, jdk: Jdk, part: JavaPart): Promise<string> => {
  const folder = partFolder(machine, part);
  if (!existsSync(folder)) {
    findMaven(machine, part.label);
    await withLock(machine, join(machine.cache, 'parts', 'lock'), async () => {
      if (!existsSync(folder)) await make(machine, jdk, part, folder);
    });
  }
  return join(folder, 'lib');
};
