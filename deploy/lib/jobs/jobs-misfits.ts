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
  'OPENSEARCH_NODE',
  'OPENSEARCH_AUTH',
  'OPENSEARCH_SERVICE',
  'OPENSEARCH_REGION',
];

const known = (): string[] =>
  readdirSync(`${PACKAGE}/jobs`)
    .filter((file) => /^[a-z]\w*\.py$/.test(file))
    .map((file) => basename(file, '.py'))
    .sort();

/** `trending.WINDOWS` is of one job, `WATERMARK` of all. */
export const partsOf = (name: string): { readonly job: string | undefined; readonly key: string } => {
  const [job, key] = name.split('.');
  return key === undefined ? { job: undefined, key: name } : { job, key };
};

/** Where jobs cannot write into OpenSearch. */
const withoutSearch = ({ jobs, search }: Settings) => [
  ...(jobs.run_on === 'emr'
    ? [['jobs.opensearch', 'jobs on EMR have no botocore to sign with: expected jobs.run_on glue beside it'] as const]
    : []),
  ...(search.domain_arn === undefined
    ? [
        [
          'jobs.opensearch',
          'into the domain that is made here nobody could let the role of the jobs: expected search.domain_arn beside it',
        ] as const,
      ]
    : []),
];

/** What does not fit together among the keys of the Spark jobs. */
export const jobsMisfits = (settings: Settings): (readonly [key: string, says: string])[] => {
  const { jobs } = settings;
  if (jobs.run_on === 'none') return [];
  const names = known();
  const parameters = Object.keys(jobs.parameters).map((name) => ({ name, ...partsOf(name) }));
  const taken = parameters.filter(({ key }) => TAKEN.includes(key));
  const ofNone = parameters.filter(({ job }) => job !== undefined && !jobs.names.includes(job));
  return [
    ...(jobs.names.length === 0 ? [['jobs.names', `expected some of ${names.join(', ')}`] as const] : []),
    ...jobs.names
      .filter((name) => !names.includes(name))
      .map((name) => ['jobs.names', `there is no job ${name}: expected some of ${names.join(', ')}`] as const),
    ...ofNone.map(({ name }) => ['jobs.parameters', `${name} is of no job among jobs.names`] as const),
    ...taken.map(
      ({ name }) => ['jobs.parameters', `${name} follows from the stacks: expected other parameters`] as const,
    ),
    ...(jobs.opensearch ? withoutSearch(settings) : []),
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
