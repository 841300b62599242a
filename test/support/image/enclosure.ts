import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/core/clock.ts';
import { missing } from '../../../src/local/install-once.ts';
import { onPath } from '../../../src/local/jdk.ts';
import { type Child, startChild } from '../../../src/local/process.ts';

const SETUP = fileURLToPath(new URL('enter.sh', import.meta.url));
const TOOLS = ['unshare', 'setpriv', 'mount', 'ldd'];

/** Something of the host that a container sees at another place. */
export interface Mount {
  readonly host: string;
  readonly inside: string;
  readonly writable?: boolean;
}

/** What runs in a container, and how. */
export interface Enclosure {
  /** Beside Node and its libraries, which are there in any case: all that an image's base has to have. */
  readonly mounts: readonly Mount[];
  /** Nothing else is passed on. */
  readonly environment: Readonly<Record<string, string>>;
  /** `user:group`, as numbers. */
  readonly user: string;
  /** The working directory. */
  readonly folder: string;
  readonly command: readonly string[];
  /** Names that only the container knows, and their addresses. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** For what it needs on the host. */
  readonly scratch: string;
  readonly logFile: string;
}

export interface Container {
  /** Process 1 of the container: what is signalled is that, and nothing else. */
  readonly child: Child;
  /** Its number on the host. */
  readonly pid: () => number;
}

const base = (): readonly Mount[] => {
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  return [
    { host: process.execPath, inside: '/usr/local/bin/node' },
    ...libraries.map((path) => ({ host: realpathSync(path), inside: path })),
  ];
};

const namesOf = (scratch: string, hosts: Enclosure['hosts'] = {}): readonly Mount[] => {
  const folder = mkdtempSync(join(scratch, 'names-'));
  const lines = Object.entries(hosts).map(([name, address]) => `${address} ${name}\n`);
  writeFileSync(join(folder, 'hosts'), lines.join(''));
  writeFileSync(join(folder, 'nsswitch.conf'), 'hosts: files\n');
  return ['hosts', 'nsswitch.conf'].map((name) => ({ host: join(folder, name), inside: `/etc/${name}` }));
};

const isRoot = (): boolean => process.getuid?.() === 0;

const namespaces = (): readonly string[] => {
  const absent = TOOLS.filter((tool) => !onPath(tool, process.env));
  if (absent.length > 0)
    throw missing(`${absent.join(', ')} (Linux: util-linux, libc-bin) must be on the PATH to run what the image holds`);
  const own = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
  return isRoot() ? own : ['--user', '--map-root-user', ...own];
};

const innerOf = (pid: number): number =>
  Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10) || -1;

/**
 * Runs a command as a container would: its mounts on a read-only root, its user without rights, its environment and
 * nothing else, itself as process 1 without a shell or an init. The network is the host's.
 */
export const enclose = (wanted: Enclosure): Container => {
  const { scratch, user, folder, command, logFile } = wanted;
  const root = mkdtempSync(join(scratch, 'root-'));
  const mounts = [...base(), ...namesOf(scratch, wanted.hosts), ...wanted.mounts];
  const outer = startChild({
    // If whoever runs the tests is killed, so is this.
    command: 'setpriv',
    args: [
      ...['--pdeathsig', 'KILL', 'unshare', ...namespaces()],
      ...['sh', SETUP, root, ...user.split(':'), folder, ...command],
    ],
    env: {
      ...wanted.environment,
      MOUNTS: mounts.map(({ host, inside, writable }) => `${writable ? 'rw' : 'ro'} ${host} ${inside}`).join('\n'),
      ROOTLESS: isRoot() ? 'no' : 'yes',
    },
    logFile,
    clock: systemClock,
  });
  const pid = () => innerOf(outer.pid);
  const signal = (name: NodeJS.Signals) => {
    if (outer.alive()) process.kill(pid(), name);
  };
  return { pid, child: { ...outer, signal } };
};
