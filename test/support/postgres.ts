import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { arch, getuid, platform } from 'node:process';
import { fileURLToPath } from 'node:url';
import { installOnce, missing, runStep } from '../../src/local/install-once.ts';
import type { Jdk } from '../../src/local/jdk.ts';
import type { Machine } from '../../src/local/machine.ts';
import { copyDependencies } from '../../src/local/maven.ts';
import { freePort } from '../../src/local/ports.ts';
import { runFolder } from '../../src/local/run-folder.ts';
import { startServer } from '../../src/local/server.ts';

const VERSION = '17.5.0';
const LABEL = `PostgreSQL ${VERSION}`;
const SERVE = fileURLToPath(new URL('postgres/serve.sh', import.meta.url));
const START_WITHIN_MS = 60_000;
/** How the binaries' archives name machines. */
const BUILDS: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-amd64',
  'linux-arm64': 'linux-arm64v8',
  'darwin-x64': 'darwin-amd64',
  'darwin-arm64': 'darwin-arm64v8',
};

const unpacked = (folder: string): string => join(folder, 'postgres');

/** The folder of the binaries, downloaded once: a jar that holds nothing but a compressed archive of them. */
const binaries = async (machine: Machine, jdk: Jdk): Promise<string> => {
  const build = BUILDS[`${platform}-${arch}`];
  if (build === undefined) throw missing(`there are no binaries of ${LABEL} for ${platform} on ${arch}`);
  const folder = await installOnce(machine, {
    name: 'postgres',
    key: VERSION,
    make: async (work) => {
      machine.say(`downloading ${LABEL} with Maven (15 MB, once) …`);
      const artifacts = [`io.zonky.test.postgres:embedded-postgres-binaries-${build}:${VERSION}`];
      await copyDependencies(machine, jdk, { label: LABEL, artifacts, alone: true }, work, work);
      const step = (command: string, args: readonly string[]) =>
        runStep(machine, {
          command,
          args,
          env: machine.env,
          work,
          failed: {
            what: `${LABEL} cannot be unpacked`,
            hint: 'tar and xz are needed (Debian, Ubuntu: apt install xz-utils).',
          },
          doing: `unpacking ${LABEL}`,
        });
      const [jar = ''] = readdirSync(work).filter((name) => name.endsWith('.jar'));
      await step(join(jdk.home, 'bin', 'jar'), ['xf', jar]);
      const [archive = ''] = readdirSync(work).filter((name) => name.endsWith('.txz'));
      mkdirSync(unpacked(work));
      await step('tar', ['-xJf', archive, '-C', 'postgres']);
      for (const name of [jar, archive]) rmSync(join(work, name));
    },
  });
  return unpacked(folder);
};

const AS_SOMEBODY = ['unshare', '--user', '--map-user=1000'];

/** PostgreSQL refuses to run as root: then it runs as another user of a namespace of its own. */
const asAnybody = (): readonly string[] => {
  if (getuid?.() !== 0) return [];
  const [command = '', ...args] = AS_SOMEBODY;
  try {
    execFileSync(command, [...args, 'true'], { stdio: 'ignore' });
  } catch {
    throw missing(
      `${LABEL} refuses to run as root, and this machine lets root make no user namespace (${AS_SOMEBODY.join(' ')} fails): run the tests as another user.`,
    );
  }
  return AS_SOMEBODY;
};

export interface PostgresServer {
  readonly port: number;
  /** Nothing of it is to last: it is killed. */
  stop(): Promise<void>;
}

/** Starts a real PostgreSQL on the loopback address, with the user `shardline` and no password. */
export const startPostgres = async (machine: Machine, jdk: Jdk): Promise<PostgresServer> => {
  const prefix = asAnybody();
  const home = await binaries(machine, jdk);
  const folder = runFolder(machine, 'postgres');
  machine.say(`starting ${LABEL} …`);
  const [command = 'sh', ...args] = [...prefix, 'sh', SERVE, home, folder, String(await freePort())];
  const { child, port } = await startServer(machine, {
    label: LABEL,
    command,
    args,
    env: machine.env,
    folder,
    startWithinMs: START_WITHIN_MS,
  });
  machine.say(`${LABEL} answers on 127.0.0.1:${port}`);
  return {
    port,
    stop: async () => {
      await child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
