import { chownSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { dockerStages, execForm, holds, pairs, said } from './dockerfile.ts';
import { type Container, type Enclosure, enclose, type Mount } from './enclosure.ts';

const [, , service = []] = dockerStages();

/** An image unpacked: its content on the host, and the folder that a volume would be. */
export interface Image {
  /** What the Dockerfile copies, by its names. */
  readonly content: string;
  /** For what containers need on the host. */
  readonly folder: string;
}

export interface ContainerOptions extends Pick<Enclosure, 'hosts' | 'logFile'> {
  readonly image: Image;
  /** Beside what the image itself sets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** After the entry point; the image's own without. */
  readonly command?: readonly string[] | undefined;
  /** Mounted at the image's working directory, read-only. */
  readonly configuration?: string | undefined;
  /** Mounted where the image lets its user write. */
  readonly volume: string;
}

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

/** Runs the image's content as the Dockerfile says. */
export const startContainer = (options: ContainerOptions): Container => {
  const { image, configuration, command, logFile, hosts = {} } = options;
  const folder = holds(service, 'WORKDIR');
  const empty = join(image.folder, 'empty');
  mkdirSync(empty, { recursive: true });
  return enclose({
    mounts: [...copies(options), { host: configuration ?? empty, inside: folder }],
    environment: { ...pairs(said(service, 'ENV')), ...options.environment },
    user: holds(service, 'USER'),
    folder,
    command: [...execForm(holds(service, 'ENTRYPOINT')), ...(command ?? execForm(holds(service, 'CMD')))],
    hosts,
    scratch: image.folder,
    logFile,
  });
};
