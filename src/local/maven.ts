import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ShardlineError } from '../core/errors.ts';
import { type Jdk, onPath } from './jdk.ts';
import type { Machine } from './machine.ts';
import { startChild } from './process.ts';

/** Maven 3.6 to 4 run it; pinned, so that every machine copies by the same rules. */
const COPY_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const TELL_EVERY_MS = 3_000;

const dependency = (coordinates: string): string => {
  const [group, artifact, version, type] = coordinates.split(':');
  const typed = type === undefined ? '' : `<type>${type}</type>`;
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${typed}</dependency>`;
};

/** A project that consists of dependencies only; each given as `group:artifact:version`, with `:type` when it is no jar. */
export const pom = (artifacts: readonly string[]): string =>
  [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>shardline.local</groupId><artifactId>part</artifactId><version>1</version><packaging>pom</packaging>',
    `<dependencies>${artifacts.map(dependency).join('\n')}</dependencies></project>`,
  ].join('\n');

const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6 };

/** Bytes of one finished jar, from Maven's own line about it; 0 for every other line. */
export const downloadedBytes = (line: string): number => {
  const match = /^(?:\[INFO\] )?Downloaded from .*\.jar \(([\d.]+) (B|kB|MB)/.exec(line);
  return match ? Number(match[1]) * (UNITS[match[2] ?? 'B'] ?? 1) : 0;
};

const teller = (machine: Machine, what: string): ((line: string) => void) => {
  let jars = 0;
  let bytes = 0;
  let toldMs = machine.clock.now();
  return (line) => {
    const more = downloadedBytes(line);
    if (more === 0) return;
    jars += 1;
    bytes += more;
    if (machine.clock.now() - toldMs < TELL_EVERY_MS) return;
    toldMs = machine.clock.now();
    machine.say(`downloading ${what}: ${jars} jars, ${(bytes / 1e6).toFixed(0)} MB so far`);
  };
};

/** Where Maven is; or the error that says how to get it. */
export const findMaven = (machine: Machine, what: string): string => {
  const maven = onPath('mvn', machine.env);
  if (maven) return maven;
  throw new ShardlineError(
    'SHARDLINE_LOCAL_TOOL_MISSING',
    `Maven (mvn) is needed once, to download ${what}: install it (Debian, Ubuntu: apt install maven; macOS: brew install maven; any: https://maven.apache.org/install.html).`,
  );
};

/** Has Maven put the artifacts and all they need (`alone`: only them) into `folder`, a file each. `work` is a scratch folder. */
export const copyDependencies = async (
  machine: Machine,
  jdk: Jdk,
  part: { readonly label: string; readonly artifacts: readonly string[]; readonly alone?: boolean },
  work: string,
  folder: string,
): Promise<void> => {
  const command = findMaven(machine, part.label);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(work, 'pom.xml'), pom(part.artifacts));
  const logFile = join(work, 'maven.log');
  const tell = teller(machine, part.label);
  const lines: string[] = [];
  const maven = startChild({
    command,
    args: [
      '-B',
      `-Dmaven.repo.local=${join(machine.cache, 'maven')}`,
      `-DoutputDirectory=${folder}`,
      '-DincludeScope=runtime',
      `-DexcludeTransitive=${part.alone ?? false}`,
      COPY_GOAL,
    ],
    cwd: work,
    env: { ...machine.env, JAVA_HOME: jdk.home },
    clock: machine.clock,
    logFile,
    onLine: (line) => {
      tell(line);
      if (line.includes('ERROR') && lines.length < 3) lines.push(line);
    },
  });
  const ending = await maven.ended;
  if (ending === 'exit code 0') return;
  throw new ShardlineError(
    'SHARDLINE_LOCAL_START_FAILED',
    `Maven could not download ${part.label} (${ending}). What is there already is kept; try again when the network is back.\n${lines.join('\n')}`,
  );
};
