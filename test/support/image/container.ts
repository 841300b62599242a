import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../src/core/clock.ts';
import { onPath } from '../../../src/local/jdk.ts';
import { type Child, startChild } from '../../../src/local/process.ts';
import { missing } from '../tools/install.ts';
import { dockerStages, execForm, holds, pairs, said } from './dockerfile.ts';

const SETUP = fileURLToPath(new URL('enter.sh', import.meta.url));
const TOOLS = ['unshare', 'setpriv', 'mount', 'ldd'];
const [, , service = []] = dockerStages();

/** Something of the host that a container sees at another place. */
interface Mount {
  readonly host: string;
  readonly inside: string;
  readonly writable?: boolean;
}

/** An image unpacked: its content on the host, and the folder that a volume would be. */
export interface Image {
  /** What the Dockerfile copies, by its names. */
  readonly content: string;
  /** For what containers need on the host. */
  readonly folder: string;
}

export interface ContainerOptions {
  readonly image: Image;
  /** Beside what the image itself sets. Nothing else is passed on. */
  readonly environment?: Readonly<Record<string, string>>;
  /** After the entry point; the image's own without. */
  readonly command?: readonly string[];
  /** Mounted at the image's working directory, read-only. */
  readonly configuration?: string;
  /** Mounted where the image lets its user write. */
  readonly volume: string;
  readonly logFile: string;
}

export interface Container {
  /** Process 1 of the container: what is signalled is that, and nothing else. */
  readonly child: Child;
  /** Its number on the host. */
  readonly pid: () => number;
}

/** Node and its libraries, all that an image's base has to have. */
const base = (): readonly Mount[] => {
  const libraries = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  return [
    { host: process.execPath, inside: '/usr/local/bin/node' },
    ...libraries.map((path) => ({ host: realpathSync(path), inside: path })),
  ];
};

/** What the Dockerfile copies, where it copies it to; what is given to its user is the volume. */
const copies = ({ image, volume }: ContainerOptions): readonly Mount[] =>
  said(service, 'COPY').map(({ flags, rest }) => {
    const [from = '', inside = ''] = rest.split(' ');
    if (flags.chown === holds(service, 'USER')) return { host: volume, inside, writable: true };
    return { host: from.replace('/image', image.content), inside };
  });

/** A folder that a container's user may write to, as a new volume is. */
export const newVolume = (image: Image): string => {
  const volume = mkdtempSync(join(image.folder, 'volume-'));
  const [user = 0, group = 0] = holds(service, 'USER').split(':').map(Number);
  if (process.getuid?.() === 0) chownSync(volume, user, group);
  return volume;
};

const environmentOf = (options: ContainerOptions, mounts: readonly Mount[]) => ({
  ...pairs(said(service, 'ENV')),
  ...options.environment,
  MOUNTS: mounts.map(({ host, inside, writable }) => `${writable ? 'rw' : 'ro'} ${host} ${inside}`).join('\n'),
  ROOTLESS: process.getuid?.() === 0 ? 'no' : 'yes',
});

const namespaces = (): readonly string[] => {
  const absent = TOOLS.filter((tool) => !onPath(tool, process.env));
  if (absent.length > 0)
    throw missing(`${absent.join(', ')} (Linux: util-linux, libc-bin) must be on the PATH to run what the image holds`);
  const own = ['--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
  return process.getuid?.() === 0 ? own : ['--user', '--map-root-user', ...own];
};

const innerOf = (pid: number): number =>
  Number.parseInt(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'), 10) || -1;

/** Only process 1 is signalled; when it ends by a signal, so does what started it. */
const signalled = (outer: Child): Container => {
  const pid = () => innerOf(outer.pid);
  const signal = (name: NodeJS.Signals) => {
    if (outer.alive()) process.kill(pid(), name);
  };
  return { pid, child: { ...outer, signal } };
};

/**
 * Runs what the image says as a container would: its content and Node on a read-only root, its user without rights, its
 * environment and nothing else, its command as process 1 without a shell or an init. The network is the host's.
 */
export const startContainer = (options: ContainerOptions): Container => {
  const { image, configuration, command, logFile } = options;
  const folder = holds(service, 'WORKDIR');
  const root = mkdtempSync(join(image.folder, 'root-'));
  const empty = join(image.folder, 'empty');
  mkdirSync(empty, { recursive: true });
  const mounts = [...base(), ...copies(options), { host: configuration ?? empty, inside: folder }];
  const words = [...execForm(holds(service, 'ENTRYPOINT')), ...(command ?? execForm(holds(service, 'CMD')))];
  const user = holds(service, 'USER').split(':');
  const child = startChild({
    // If whoever runs the tests is killed, so is this.
    command: 'setpriv',
    args: ['--pdeathsig', 'KILL', 'unshare', ...namespaces(), 'sh', SETUP, root, ...user, folder, ...words],
    env: environmentOf(options, mounts),
    logFile,
    clock: systemClock,
  });
  return signalled(child);
};
