import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { installOnce } from '../install-once.ts';
import type { Jdk } from '../jdk.ts';
import type { Machine } from '../machine.ts';
import { copyDependencies } from '../maven.ts';

/** Jars that Spark 3.5.6 does not bring itself. Whatever they need besides is among its own, or must be listed too. */
export interface Connectors {
  readonly label: string;
  /** What is downloaded, roughly. */
  readonly size: string;
  /** `group:artifact:version` each. */
  readonly artifacts: readonly string[];
}

/** Reads a Kinesis data stream. */
export const KINESIS_CONNECTOR: Connectors = {
  label: "Spark's connector for Kinesis",
  size: '20 MB',
  artifacts: ['com.qubole.spark:spark-sql-kinesis_2.12:1.2.0_spark-3.0'],
};

/** The folder of the jars that are to be on Spark's class path; downloaded once. */
export const sparkJars = async (machine: Machine, jdk: Jdk, connectors: Connectors): Promise<string> => {
  const { label, size, artifacts } = connectors;
  const folder = await installOnce(machine, {
    name: 'spark-jars',
    key: createHash('sha256').update(artifacts.join()).digest('hex').slice(0, 12),
    make: async (work) => {
      machine.say(`downloading ${label} with Maven (${size}, once) …`);
      await copyDependencies(machine, jdk, { label, artifacts, alone: true }, work, join(work, 'lib'));
    },
  });
  return join(folder, 'lib');
};
