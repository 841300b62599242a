import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPart, type JavaPart } from '../../src/local/java-part.ts';
import { findJdk } from '../../src/local/jdk.ts';
import type { Machine } from '../../src/local/machine.ts';
import { freePort } from '../../src/local/ports.ts';
import { runFolder } from '../../src/local/run-folder.ts';
import { startJavaServer } from '../../src/local/server.ts';

const VERSION = '4.1.2';

const KAFKA: JavaPart = {
  name: 'kafka',
  label: `Kafka ${VERSION}`,
  downloadHint: '43 MB',
  artifacts: [`org.apache.kafka:kafka_2.13:${VERSION}`],
  // Only tests start it, so its launcher is none of the package's own sources.
  sources: ['../../../test/support/kafka/LocalKafka', 'Tether'],
};

const START_WITHIN_MS = 120_000;

const configuration = (folder: string, port: number, controller: number): string =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    'log.dirs': join(folder, 'logs'),
    'num.partitions': '2',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');

export interface KafkaServer {
  /** `HOST:PORT`, as clients want it. */
  readonly servers: string;
  stop(): Promise<void>;
}

/** Starts a real Kafka of one node; topics come into being, with two partitions, when something is written to them. */
export const startKafka = async (machine: Machine): Promise<KafkaServer> => {
  const jdk = findJdk(machine.env);
  const lib = await installPart(machine, jdk, KAFKA);
  const folder = runFolder(machine, 'kafka');
  const port = await freePort();
  const config = join(folder, 'server.properties');
  writeFileSync(config, configuration(folder, port, await freePort()));
  machine.say(`starting ${KAFKA.label} …`);
  const { child } = await startJavaServer(machine, {
    label: KAFKA.label,
    jdk,
    lib,
    jvmArgs: ['-Xms256m', '-Xmx256m', '-XX:+UseSerialGC'],
    mainClass: 'LocalKafka',
    args: [config, String(port)],
    folder,
    startWithinMs: START_WITHIN_MS,
  });
  const servers = `127.0.0.1:${port}`;
  machine.say(`${KAFKA.label} answers on ${servers}`);
  return {
    servers,
    stop: async () => {
      await child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
