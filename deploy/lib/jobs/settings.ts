import { choice, type Field, integer, list, mapping, textOr, yesNo } from '../environment/field.ts';

const PARAMETER = /^([a-z][a-z_]{0,30}\.)?[A-Z][A-Z0-9_]{0,60}$/;

const parameters: Field<Readonly<Record<string, string>>> = mapping(
  'Parameters of all jobs, or of one (`trending.WINDOWS`), beside what follows from the stacks',
  'a mapping of names such as WATERMARK or trending.WINDOWS to texts, on the command line as JSON',
  PARAMETER,
);

export const JOBS = {
  run_on: choice('What runs the Spark jobs: nothing, Glue, or EMR Serverless', ['none', 'glue', 'emr']),
  names: list(
    ['trending'],
    'Which jobs: files of streaming-jobs/shardline_jobs/jobs without their ending',
    'names such as trending',
    /^[a-z][a-z_]{0,30}$/,
  ),
  parameters,
  opensearch: yesNo(
    false,
    'Whether jobs on Glue also write into the domain of `search.domain_arn`, which must let their role in',
  ),
  worker_type: choice('Type of the workers of a job on Glue', ['G.1X', 'G.025X', 'G.2X', 'G.4X', 'G.8X']),
  workers_max: integer(
    3,
    2,
    299,
    'Most workers of a job on Glue, its driver among them; Glue takes as many as it needs',
  ),
  retries: integer(10, 0, 10, 'How often Glue starts a failed run of a job again'),
  maintenance: textOr(
    'Sun:02',
    'From when on Glue may restart a job, once a week, within three hours; UTC',
    'a day and an hour such as Sun:02',
    /^(Sun|Mon|Tue|Wed|Thu|Fri|Sat):([01]\d|2[0-3])$/,
  ),
  release: textOr(
    'emr-7.12.0',
    'Release of EMR Serverless: one of Spark 3.5.6',
    'a release such as emr-7.12.0',
    /^emr-7\.\d{1,2}\.\d{1,2}$/,
  ),
  vcpu_max: integer(16, 8, 4000, 'Most processors of all jobs on EMR Serverless together, with 4 GB of memory each'),
  jars: list(
    [],
    'Jars that jobs on EMR Serverless need, uploaded with them: the Kinesis connector and what it needs',
    'paths, from deploy/ on, that end with .jar',
    /\.jar$/,
  ),
};
