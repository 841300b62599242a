import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { archiveArgs } from './class-archive.ts';
import { installPart, type JavaPart, javaSource } from './java-part.ts';
import { findJdk, type Jdk } from './jdk.ts';
import type { Machine } from './machine.ts';
import { waitUntilHealthy } from './opensearch-health.ts';
import { runFolder } from './run-folder.ts';
import { startJavaServer } from './server.ts';

const VERSION = '3.8.0';

/** A distribution's server and those of its modules that mappings, bulk and queries need; the rest is not on Maven Central. */
const OPENSEARCH: JavaPart = {
  name: 'opensearch',
  label: `OpenSearch ${VERSION}`,
  downloadHint: '70 MB',
  artifacts: [
    `org.opensearch:opensearch:${VERSION}`,
    `org.opensearch.plugin:transport-netty4-client:${VERSION}`,
    `org.opensearch.plugin:reindex-client:${VERSION}`,
    `org.opensearch.plugin:analysis-common:${VERSION}`,
    `org.opensearch.plugin:ingest-common:${VERSION}`,
    `org.opensearch.plugin:lang-painless:${VERSION}`,
    `org.opensearch.plugin:opensearch-scripting-painless-spi:${VERSION}`,
    `org.opensearch.plugin:mapper-extras-client:${VERSION}`,
    'org.apache.logging.log4j:log4j-core:2.25.4',
  ],
  sources: ['LocalOpenSearch', 'Tether'],
};

const START_WITHIN_MS = 120_000;
const STOP_GRACE_MS = 5_000;

export interface OpenSearchOptions {
  /** 0 or left out: any free port. */
  readonly port?: number;
  /** Node settings, such as `{ 'indexing_pressure.memory.limit': '256kb' }`; a list is written with commas. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Keeps its data here from one start to the next; left out, its data goes when it stops. */
  readonly dataFolder?: string;
}

export interface OpenSearchServer {
  readonly url: string;
  /** SIGTERM; what has not closed by then is killed after 5 s. Acknowledged documents survive either. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const jvmArgs = (folder: string): string[] => [
  '-Xms512m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '--enable-native-access=ALL-UNNAMED',
  '--add-modules=jdk.incubator.vector',
  `-Djava.io.tmpdir=${join(folder, 'tmp')}`,
  `-Djna.tmpdir=${join(folder, 'tmp')}`,
  `-Dlog4j2.configurationFile=${javaSource('log4j2.properties')}`,
  '-Dlog4j2.disable.jmx=true',
];

interface Place {
  readonly jdk: Jdk;
  readonly lib: string;
  readonly folder: string;
}

const launch = async (machine: Machine, place: Place, options: OpenSearchOptions, extra: readonly string[]) => {
  mkdirSync(join(place.folder, 'tmp'), { recursive: true });
  const settings = Object.entries(options.settings ?? {}).map(([key, value]) => `${key}=${value}`);
  const { child, port } = await startJavaServer(machine, {
    label: OPENSEARCH.label,
    jdk: place.jdk,
    lib: place.lib,
    jvmArgs: [...jvmArgs(place.folder), ...extra],
    mainClass: 'LocalOpenSearch',
    args: [place.folder, String(options.port ?? 0), ...settings],
    folder: place.folder,
    startWithinMs: START_WITHIN_MS,
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntilHealthy(machine.clock, url, START_WITHIN_MS);
  return { child, url };
};

/** Starts a real single-node OpenSearch on the loopback address; what is missing is downloaded first. */
export const startOpenSearch = async (machine: Machine, options: OpenSearchOptions = {}): Promise<OpenSearchServer> => {
  const jdk = findJdk(machine.env);
  const lib = await installPart(machine, jdk, OPENSEARCH);
  const archive = await archiveArgs(machine, jdk, lib, async (recording) => {
    const folder = runFolder(machine, 'opensearch-recording');
    return launch(machine, { jdk, lib, folder }, {}, recording);
  });
  const folder = options.dataFolder ?? runFolder(machine, 'opensearch');
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  machine.say(`starting ${OPENSEARCH.label} …`);
  const { child, url } = await launch(machine, { jdk, lib, folder }, options, archive);
  machine.say(`${OPENSEARCH.label} answers on ${url}`);
  const end = async (how: () => Promise<unknown>) => {
    await how();
    if (options.dataFolder === undefined) rmSync(folder, { recursive: true, force: true });
  };
  return {
    url,
    stop: () => end(() => child.stop(STOP_GRACE_MS)),
    kill: () => end(() => child.kill()),
  };
};
