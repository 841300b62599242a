import { delimiter, join } from 'node:path';
import type { Jdk } from '../jdk.ts';
import { findSparkJdk } from '../jdk.ts';
import { type Machine, packageRoot } from '../machine.ts';
import { findPython, pythonPackages } from '../python-packages.ts';

/** Where the jobs stand, and the list of the packages that they run and are tested with. */
export const jobsFolder = (): string => join(packageRoot(), 'streaming-jobs');

/** Spark's workers must run the very version that its driver runs; Glue 5.1 and EMR 7 have this one. */
const PYTHON = { purpose: 'Spark', program: 'python3.11' };

/** The JDK for Spark, when both it and Python are here; or the error that names what is missing, and how to get it. */
export const findSparkTools = (env: Machine['env']): Jdk => {
  findPython(env, PYTHON);
  return findSparkJdk(env);
};

/** The `bin` folder of a Python that has Spark 3.5; installed once. */
export const sparkPython = (machine: Machine): Promise<string> =>
  pythonPackages(machine, {
    ...PYTHON,
    name: 'spark',
    requirements: join(jobsFolder(), 'requirements.txt'),
    size: '360 MB',
  });

/** Settings meant for other programs of the user, which would change which Spark and Python run, or how. */
const FOREIGN = /^(?:SPARK|PYSPARK|HADOOP|YARN|PYTHON)[A-Z_]*$|^(?:VIRTUAL_ENV|JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS)$/;

/** An environment in which `python` of that folder runs Spark by itself, its scratch files in `scratch`. */
export const sparkEnvironment = (
  env: Machine['env'],
  jdk: Jdk,
  bin: string,
  scratch: string,
): Record<string, string | undefined> => {
  const python = join(bin, 'python');
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !FOREIGN.test(name))),
    JAVA_HOME: jdk.home,
    PATH: [join(jdk.home, 'bin'), env.PATH ?? ''].join(delimiter),
    PYSPARK_PYTHON: python,
    PYSPARK_DRIVER_PYTHON: python,
    PYTHONDONTWRITEBYTECODE: '1',
    SPARK_LOCAL_IP: '127.0.0.1',
    TMPDIR: scratch,
    // The local Kinesis speaks JSON; AWS's SDK for Java speaks CBOR unless told otherwise.
    AWS_CBOR_DISABLE: '1',
  };
};
