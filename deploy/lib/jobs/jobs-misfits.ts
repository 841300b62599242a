import { existsSync, readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Settings } from '../environment/settings.ts';

/** The package of the jobs. */
export const PACKAGE = fileURLToPath(new URL('../../../streaming-jobs/shardline_jobs', import.meta.url));

/** Parameters of a job that follow from the stacks. */
const TAKEN = [
  'APPLICATION',
  'SOURCE',
  'KINESIS_STREAM',
  'KINESIS_ENDPOINT',
  'CHECKPOINT_PATH',
  'DEAD_LETTER_PATH',
  'OUTPUT_PATH',
];

const known = (): string[] =>
  readdirSync(`${PACKAGE}/jobs`)
    .filter((file) => /^[a-z]\w*\.py$/.test(file))
    .map((file) => basename(file, '.py'))
    .sort();

/** What does not fit together among the keys of the Spark jobs. */
export const jobsMisfits = ({ jobs }: Settings): (readonly [key: string, says: string])[] => {
  if (jobs.run_on === 'none') return [];
  const names = known();
  const taken = Object.keys(jobs.parameters).filter((name) => TAKEN.includes(name));
  return [
    ...(jobs.names.length === 0 ? [['jobs.names', `expected some of ${names.join(', ')}`] as const] : []),
    ...jobs.names
      .filter((name) => !names.includes(name))
      .map((name) => ['jobs.names', `there is no job ${name}: expected some of ${names.join(', ')}`] as const),
    ...taken.map((name) => ['jobs.parameters', `${name} follows from the stacks: expected other parameters`] as const),
    ...(jobs.run_on === 'emr' && jobs.jars.length === 0
      ? [
          [
            'jobs.jars',
            'EMR brings no connector that the jobs read Kinesis by: expected the jar of spark-sql-kinesis',
          ] as const,
        ]
      : []),
    ...(jobs.run_on === 'glue' && jobs.jars.length > 0
      ? [['jobs.jars', 'Glue brings its own connector: expected jobs.run_on emr beside it'] as const]
      : []),
    ...jobs.jars
      .filter((path) => !existsSync(resolve(path)))
      .map((path) => ['jobs.jars', `there is no file ${resolve(path)}`] as const),
  ];
};
