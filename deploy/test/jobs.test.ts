import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { chooseEnvironment } from '../lib/environment/choose.ts';
import { fileOfEnvironments } from './support/environments.ts';
import { everyTemplate, resourcesOf, templateOf } from './support/templates.ts';

const jobs = readFileSync(new URL('../../streaming-jobs/README.md', import.meta.url), 'utf8');
/** The parameters of the jobs, as the page of the folder has them; a test there holds it to the code. */
const KNOWN = [...jobs.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, key]) => key);

const DOMAIN = 'arn:aws:es:eu-central-1:123456789012:domain/music';

const refused = (context: Readonly<Record<string, string>>): string => {
  try {
    chooseEnvironment(fileOfEnvironments(), 'f', { env: 'dev', ...context });
  } catch (error) {
    return String(error);
  }
  return '';
};

/** A value of a template as text, names of other resources in braces. */
const written = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const [[name, inside] = ['', undefined]] = Object.entries(Object(value));
  if (name === 'Fn::Join' && Array.isArray(inside)) return inside[1].map(written).join(inside[0]);
  if (name === 'Fn::Sub' && typeof inside === 'string') return inside;
  return `{${Array.isArray(inside) ? inside[0] : inside}}`;
};

/** The file that an URL of the assets' bucket means. */
const assetOf = (label: 'adopted' | 'provisioned', url: string): Buffer => {
  const found = inject('synthesized').find((each) => each.label === label && each.stack === 'jobs');
  const name = url.split('/').at(-1) ?? '';
  return readFileSync(join(String(found?.templateFile), '..', `asset.${name}`));
};

describe('Spark jobs', () => {
  it('are nowhere unless they are asked for', () => {
    const there = everyTemplate().flatMap(({ label, stack }) => (stack === 'jobs' ? [label] : []));
    expect(there).toEqual(['adopted', 'provisioned']);
  });

  it('are refused under wrong names, with parameters that follow from the stacks, or without their jars', () => {
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.names': 'trending,sessions' })).toBe('');
    expect(refused({ 'jobs.run_on': 'lambda' })).toContain('expected one of none, glue, emr');
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.names': 'trends' })).toMatch(
      /there is no job trends: expected some of .*sessions.* trending/,
    );
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.names': '' })).toContain('jobs.names');
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.parameters': '{"SOURCE":"files"}' })).toContain(
      'SOURCE follows from',
    );
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.parameters': '{"trending.SOURCE":"files"}' })).toContain(
      'follows from',
    );
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.parameters': '{"sessions.GAP":"1m"}' })).toContain('is of no job');
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.parameters': '{"watermark":"1m"}' })).toContain('such as WATERMARK');
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.maintenance': 'Sunday' })).toContain('such as Sun:02');
    const search = { 'search.domain_arn': DOMAIN, 'search.endpoint': 'https://music.example.com' };
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.opensearch': 'true', ...search })).toBe('');
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.opensearch': 'true' })).toContain('expected search.domain_arn');
    expect(refused({ 'jobs.run_on': 'emr', 'jobs.opensearch': 'true', ...search })).toContain('no botocore');
    expect(refused({ 'jobs.run_on': 'emr' })).toContain('expected the jar of spark-sql-kinesis');
    expect(refused({ 'jobs.run_on': 'emr', 'jobs.jars': '/nowhere.jar' })).toContain('there is no file /nowhere.jar');
    expect(refused({ 'jobs.run_on': 'glue', 'jobs.jars': '/nowhere.jar' })).toContain('Glue brings its own connector');
  });

  it('keep checkpoints for ever, letters as long as the others', () => {
    for (const label of ['adopted', 'provisioned'] as const) {
      const [files] = resourcesOf(label, 'AWS::S3::Bucket').filter(({ Properties }) =>
        JSON.stringify(Properties?.BucketName).includes('-jobs-'),
      );
      const { Rules } = Object(files?.Properties?.LifecycleConfiguration);
      const expiring = Rules.filter((rule: { ExpirationInDays?: number }) => rule.ExpirationInDays !== undefined);
      expect(expiring).toMatchObject([
        { Prefix: 'letters/', ExpirationInDays: 365 },
        { Prefix: 'temporary/', ExpirationInDays: 14 },
      ]);
      expect(Rules.some((rule: { Transitions?: unknown }) => rule.Transitions !== undefined)).toBe(false);
    }
  });
});

describe('what the jobs tell of themselves', () => {
  it('raises alarms, by metrics that they have', () => {
    const table: unknown = JSON.parse(
      readFileSync(new URL('../../streaming-jobs/shardline_jobs/metrics.json', import.meta.url), 'utf8'),
    );
    const names = Object(table).metrics.map(({ cloudwatch }: { cloudwatch?: { name: string } }) => cloudwatch?.name);
    for (const [label, count] of [
      ['adopted', 4],
      ['provisioned', 2],
    ] as const) {
      const alarms = resourcesOf(label, 'AWS::CloudWatch::Alarm')
        .map(({ Properties }) => Properties)
        .filter((alarm) => JSON.stringify(alarm?.Dimensions)?.includes('"Name":"Job"'));
      expect(alarms).toHaveLength(count);
      for (const alarm of alarms) expect(names).toContain(alarm?.MetricName);
    }
  });
});

describe('on Glue', () => {
  const found = () => resourcesOf('adopted', 'AWS::Glue::Job').map(({ Properties }) => Properties);

  it('are streaming jobs of 5.1 that grow, are encrypted, run in the VPC, once at a time, and are started again', () => {
    expect(found().map((job) => job?.Name)).toEqual(['shardline-prod-jobs-trending', 'shardline-prod-jobs-sessions']);
    for (const job of found()) {
      expect(job).toMatchObject({
        GlueVersion: '5.1',
        Command: { Name: 'gluestreaming', PythonVersion: '3' },
        WorkerType: 'G.1X',
        NumberOfWorkers: 3,
        ExecutionProperty: { MaxConcurrentRuns: 1 },
        MaxRetries: 10,
        MaintenanceWindow: 'Sun:02',
        SecurityConfiguration: 'shardline-prod-jobs',
        Connections: { Connections: ['shardline-prod-jobs'] },
        DefaultArguments: { '--enable-auto-scaling': 'true', '--enable-metrics': 'true', '--WATERMARK': '20m' },
      });
      expect(job).not.toHaveProperty('Timeout');
    }
    const [encryption] = resourcesOf('adopted', 'AWS::Glue::SecurityConfiguration');
    const { CloudWatchEncryption, JobBookmarksEncryption, S3Encryptions } = Object(
      encryption?.Properties?.EncryptionConfiguration,
    );
    expect(CloudWatchEncryption.CloudWatchEncryptionMode).toBe('SSE-KMS');
    expect(JobBookmarksEncryption.JobBookmarksEncryptionMode).toBe('CSE-KMS');
    expect(S3Encryptions).toMatchObject([{ S3EncryptionMode: 'SSE-KMS' }]);
  });

  it('get parameters that their jobs have, and files of their own', () => {
    for (const job of found()) {
      const given = Object(job?.DefaultArguments);
      const keys = Object.keys(given).filter((key) => /^--[A-Z][A-Z_]*$/.test(key) && key !== '--SHARDLINE_JOB');
      expect(KNOWN).toEqual(expect.arrayContaining(keys.map((key) => key.slice(2))));
      expect(keys.length).toBeGreaterThan(8);
      expect(String(job?.Name)).toMatch(new RegExp(`-${given['--SHARDLINE_JOB']}$`));
      for (const key of ['--CHECKPOINT_PATH', '--OUTPUT_PATH', '--DEAD_LETTER_PATH'])
        expect(written(given[key])).toMatch(new RegExp(`^s3://\\{.*\\}/[a-z]+/${given['--SHARDLINE_JOB']}$`));
      expect(given['--KINESIS_STREAM']).toBe('orders');
      expect(given).toMatchObject({
        '--OPENSEARCH_NODE': 'https://vpc-music.eu-central-1.es.amazonaws.com',
        '--OPENSEARCH_AUTH': 'sigv4',
      });
      expect(written(given['--KINESIS_ENDPOINT'])).toBe('https://kinesis.eu-central-1.{AWS::URLSuffix}');
    }
  });

  it('get what is meant for one of them alone', () => {
    expect(found().map((job) => Object(job?.DefaultArguments)['--GAP'])).toEqual([undefined, '20m']);
  });

  it('start the adapter with the wheel, both as they are in the checkout', () => {
    const [job] = found();
    const script = assetOf('adopted', written(Object(job?.Command).ScriptLocation)).toString();
    expect(script).toBe(readFileSync(new URL('../../streaming-jobs/shardline_jobs/glue.py', import.meta.url), 'utf8'));
    const wheel = assetOf('adopted', written(Object(job?.DefaultArguments)['--extra-py-files']));
    expect(wheel.includes('shardline_jobs/jobs/trending.py')).toBe(true);
  });

  it('run where endpoints, stream and each other are reached, and nothing comes in from elsewhere', () => {
    const [group] = resourcesOf('adopted', 'AWS::EC2::SecurityGroup').filter(
      ({ Properties }) => Properties?.GroupName === 'shardline-prod-jobs-spark',
    );
    expect(group?.Properties?.SecurityGroupIngress).toBeUndefined();
    const within = resourcesOf('adopted', 'AWS::EC2::SecurityGroupIngress').filter(
      ({ Properties }) => Properties?.Description === 'Workers of a job',
    );
    expect(within).toHaveLength(1);
    expect(within[0]?.Properties?.GroupId).toEqual(within[0]?.Properties?.SourceSecurityGroupId);
    const services = resourcesOf('adopted', 'AWS::EC2::VPCEndpoint').map(({ Properties }) => Properties?.ServiceName);
    for (const service of ['glue', 'monitoring', 'kinesis-streams', 's3'])
      expect(services.some((name) => written(name).endsWith(`.${service}`))).toBe(true);
  });

  it('raise an alarm when they do nothing, and tell when a run fails', () => {
    const alarms = resourcesOf('adopted', 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
    const idle = alarms.find((alarm) => alarm?.AlarmName === 'shardline-prod-job-trending-idle');
    expect(idle).toMatchObject({
      MetricName: 'glue.driver.aggregate.numCompletedTasks',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'breaching',
      Dimensions: expect.arrayContaining([{ Name: 'JobName', Value: 'shardline-prod-jobs-trending' }]),
    });
    expect(resourcesOf('adopted', 'AWS::Events::Rule')).toMatchObject([
      {
        Properties: {
          EventPattern: {
            source: ['aws.glue'],
            detail: { jobName: found().map((job) => job?.Name), state: expect.arrayContaining(['FAILED', 'TIMEOUT']) },
          },
        },
      },
    ]);
  });
});

describe('on EMR Serverless', () => {
  it('have an application with a bound, in the VPC, with an encrypted log', () => {
    expect(resourcesOf('provisioned', 'AWS::EMRServerless::Application')).toMatchObject([
      {
        Properties: {
          ReleaseLabel: 'emr-7.12.0',
          Type: 'SPARK',
          MaximumCapacity: { Cpu: '16 vCPU', Memory: '64 GB' },
          MonitoringConfiguration: { CloudWatchLoggingConfiguration: { Enabled: true } },
        },
      },
    ]);
    const [log] = resourcesOf('provisioned', 'AWS::Logs::LogGroup').filter(
      ({ Properties }) => Properties?.LogGroupName === '/shardline-dev-jobs/emr',
    );
    expect(log?.Properties).toMatchObject({ KmsKeyId: expect.anything(), RetentionInDays: 14 });
  });

  it('are started by what an output says: as streams, again when they fail, with what their jobs take', () => {
    const value = templateOf('provisioned', 'jobs').Outputs?.Starttrending?.Value;
    const { mode, retryPolicy, jobDriver } = JSON.parse(written(value));
    expect({ mode, retryPolicy }).toEqual({ mode: 'STREAMING', retryPolicy: { maxFailedAttemptsPerHour: 5 } });
    const { entryPoint, entryPointArguments, sparkSubmitParameters } = jobDriver.sparkSubmit;
    const script = new URL('../../streaming-jobs/shardline_jobs/jobs/trending.py', import.meta.url);
    expect(assetOf('provisioned', entryPoint).toString()).toBe(readFileSync(script, 'utf8'));
    const keys = entryPointArguments.filter((_: string, at: number) => at % 2 === 0);
    expect(KNOWN).toEqual(expect.arrayContaining(keys.map((key: string) => key.slice(2))));
    expect(sparkSubmitParameters).toMatch(/--py-files s3:\S+\.zip --jars s3:\S+\.jar --conf \S+python3\.11/);
  });

  it('raise alarms when they do not run, and when one is given up', () => {
    const alarms = resourcesOf('provisioned', 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);
    const named = (name: string) => alarms.find((alarm) => alarm?.AlarmName === `shardline-dev-${name}`);
    expect(named('jobs-running')).toMatchObject({
      MetricName: 'RunningJobs',
      Threshold: 1,
      TreatMissingData: 'breaching',
    });
    expect(named('jobs-failed')).toMatchObject({ MetricName: 'FailedJobs', Threshold: 1 });
  });
});
