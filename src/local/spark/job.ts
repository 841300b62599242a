import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Jdk } from '../jdk.ts';
import { type Machine, packageRoot } from '../machine.ts';
import { type Child, startChild } from '../process.ts';
import { KINESIS_CONNECTOR, sparkJars } from './jars.ts';
import { findSparkTools, jobsFolder, sparkEnvironment, sparkPython } from './python.ts';

/** Everything that a job needs to run on this machine. */
export interface SparkPlace {
  readonly jdk: Jdk;
  /** Where Python is. */
  readonly bin: string;
  /** Where the connectors are. */
  readonly jars: string;
}

/** Installs what a job on a Kinesis stream needs and is not here yet: Spark with Python, and the connector. */
export const prepareSpark = async (machine: Machine): Promise<SparkPlace> => {
  const jdk = findSparkTools(machine.env);
  return { jdk, bin: await sparkPython(machine), jars: await sparkJars(machine, jdk, KINESIS_CONNECTOR) };
};

/** Small, for a machine on which everything else runs too. What it leaves behind when it is killed stays below `scratch`. */
const settings = (jars: string, scratch: string): string =>
  Object.entries({
    'spark.master': 'local[2]',
    'spark.driver.memory': '1g',
    'spark.driver.extraClassPath': `${jars}/*`,
    'spark.driver.extraJavaOptions': `-XX:+UseSerialGC "-Djava.io.tmpdir=${scratch}"`,
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
  })
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');

export interface JobRun {
  /** The module's name below `shardline_jobs.jobs`. */
  readonly job: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Added to the machine's own environment. */
  readonly env: Machine['env'];
  /** For its settings and scratch files; a new one. */
  readonly folder: string;
  readonly logFile: string;
}

/** Starts a job on a Spark of its own. It and all that it starts end with this process. */
export const startJob = (machine: Machine, { jdk, bin, jars }: SparkPlace, run: JobRun): Child => {
  const scratch = join(run.folder, 'scratch');
  mkdirSync(scratch, { recursive: true });
  writeFileSync(join(run.folder, 'spark-defaults.conf'), settings(jars, scratch));
  const parameters = Object.entries(run.parameters).flatMap(([key, value]) => [`--${key}`, value]);
  return startChild({
    command: join(bin, 'python'),
    args: [
      join(packageRoot(), 'src', 'local', 'python', 'tethered.py'),
      `shardline_jobs.jobs.${run.job}`,
      ...parameters,
    ],
    env: {
      ...sparkEnvironment({ ...machine.env, ...run.env }, jdk, bin, scratch),
      SPARK_CONF_DIR: run.folder,
      PYTHONPATH: jobsFolder(),
    },
    cwd: run.folder,
    clock: machine.clock,
    logFile: run.logFile,
  });
};
