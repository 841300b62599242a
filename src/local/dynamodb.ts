import { rmSync } from 'node:fs';
import { installPart, type JavaPart } from './java-part.ts';
import { findJdk } from './jdk.ts';
import type { Machine } from './machine.ts';
import { runFolder } from './run-folder.ts';
import { startJavaServer } from './server.ts';

const VERSION = '2.6.1';

const DYNAMODB_LOCAL: JavaPart = {
  name: 'dynamodb',
  label: `DynamoDB Local ${VERSION}`,
  downloadHint: '50 MB',
  artifacts: [`com.amazonaws:DynamoDBLocal:${VERSION}`],
  sources: ['LocalDynamoDb', 'Tether'],
};

const START_WITHIN_MS = 60_000;
const ANY_PORT = '0';

export interface DynamoDbServer {
  readonly url: string;
  /** Nothing of it is on disk: it is killed. */
  stop(): Promise<void>;
}

/** Starts DynamoDB Local, in memory, on the loopback address; what is missing is downloaded first. */
export const startDynamoDb = async (machine: Machine): Promise<DynamoDbServer> => {
  const jdk = findJdk(machine.env);
  const lib = await installPart(machine, jdk, DYNAMODB_LOCAL);
  const folder = runFolder(machine, 'dynamodb');
  machine.say(`starting ${DYNAMODB_LOCAL.label} …`);
  const { child, port } = await startJavaServer(machine, {
    label: DYNAMODB_LOCAL.label,
    jdk,
    lib,
    jvmArgs: [
      '-Xmx256m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '--enable-native-access=ALL-UNNAMED',
      `-Djava.library.path=${lib}`,
    ],
    mainClass: 'LocalDynamoDb',
    args: [ANY_PORT],
    folder,
    startWithinMs: START_WITHIN_MS,
  });
  const url = `http://127.0.0.1:${port}`;
  machine.say(`${DYNAMODB_LOCAL.label} answers on ${url}`);
  return {
    url,
    stop: async () => {
      await child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
