import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Jdk } from '../../src/local/jdk.ts';
import type { Machine } from '../../src/local/machine.ts';
import { copyDependencies } from '../../src/local/maven.ts';
import { installOnce } from '../support/tools/install.ts';

/** What Spark 3.5.6 does not bring itself; its Kafka connector of that very version is on no public repository. Alone: what else these name is among Spark's own jars. */
const JARS = [
  'org.apache.spark:spark-sql-kafka-0-10_2.12:3.5.7',
  'org.apache.spark:spark-token-provider-kafka-0-10_2.12:3.5.7',
  'org.apache.kafka:kafka-clients:3.4.1',
  'org.apache.commons:commons-pool2:2.11.1',
  'com.qubole.spark:spark-sql-kinesis_2.12:1.2.0_spark-3.0',
  'org.apache.hadoop:hadoop-aws:3.3.4',
  'com.amazonaws:aws-java-sdk-bundle:1.12.262',
];

/** The folder of the jars that are to be on Spark's class path; downloaded once. */
export const sparkJars = async (machine: Machine, jdk: Jdk): Promise<string> => {
  const folder = await installOnce(machine, {
    name: 'spark-jars',
    key: createHash('sha256').update(JARS.join()).digest('hex').slice(0, 12),
    make: async (work) => {
      machine.say('downloading the connectors of Spark with Maven (310 MB, once) …');
      const part = { label: 'the connectors of Spark', artifacts: JARS, alone: true };
      await copyDependencies(machine, jdk, part, work, join(work, 'lib'));
    },
  });
  return join(folder, 'lib');
};
