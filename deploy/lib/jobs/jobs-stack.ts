import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CfnOutput, Duration, Stack, Stage } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { sparkWheel } from '../../../scripts/spark-wheel.ts';
import { type Environment, nameOf } from '../environment/environment.ts';
import { removalPolicy, stackProps } from '../environment/stack-props.ts';
import type { NetworkStack } from '../network/network-stack.ts';
import type { SearchTarget } from '../search/search-target.ts';
import { DataKey } from '../stream/data-key.ts';
import { PrivateBucket } from '../stream/private-bucket.ts';
import type { StreamStack } from '../stream/stream-stack.ts';
import { EmrJobs } from './emr-jobs.ts';
import { GlueJobs } from './glue-jobs.ts';
import { letLogsUse } from './jobs-key.ts';
import { PACKAGE, partsOf } from './jobs-misfits.ts';
import { keepFiles, readArtefacts, readEvents } from './rights.ts';

export interface JobsSides {
  readonly network: NetworkStack;
  readonly stream: StreamStack;
  readonly search: SearchTarget;
}

type Parameters = Readonly<Record<string, string>>;

/** The Spark jobs of streaming-jobs/, on Glue or on EMR Serverless: docs/spark-deploy.md. */
export class JobsStack extends Stack {
  readonly glue: GlueJobs | undefined;
  readonly emr: EmrJobs | undefined;
  readonly #environment: Environment;
  readonly #sides: JobsSides;
  readonly #key: Key;
  readonly #bucket: Bucket;
  readonly #wheel: Asset;

  constructor(scope: Construct, environment: Environment, sides: JobsSides) {
    super(scope, 'jobs', stackProps(environment, 'jobs', 'the Spark jobs'));
    this.#environment = environment;
    this.#sides = sides;
    const kept = removalPolicy(environment);
    const name = nameOf(environment, 'jobs');
    const description = `Shardline ${nameOf(environment)}: Spark jobs`;
    this.#key = new DataKey(this, 'Data', { alias: name, description, removalPolicy: kept }).key;
    letLogsUse(this.#key, `/${name}/`);
    this.#bucket = this.#bucketOf(name);
    this.#wheel = this.#wheelOf(name);
    if (environment.settings.jobs.run_on === 'glue') this.glue = this.#onGlue(name);
    else this.emr = this.#onEmr(name);
    new CfnOutput(this, 'JobsBucket', {
      value: this.#bucket.bucketName,
      description: 'Checkpoints, results and dead letters of the Spark jobs',
    });
  }

  /** A checkpoint is as old as its job: nothing may expire but letters and what Glue puts there for a while. */
  #bucketOf(name: string): Bucket {
    const { bucket } = new PrivateBucket(this, 'Files', {
      name: `${name}-${this.account}`,
      key: this.#key,
      accessLogs: this.#sides.stream.accessLogs,
      expireDays: undefined,
      removalPolicy: removalPolicy(this.#environment),
    });
    const { letter_days: letterDays } = this.#environment.settings.stream;
    bucket.addLifecycleRule({ id: 'letters', prefix: 'letters/', expiration: Duration.days(letterDays) });
    bucket.addLifecycleRule({ id: 'temporary', prefix: 'temporary/', expiration: Duration.days(14) });
    return bucket;
  }

  #wheelOf(name: string): Asset {
    const path = join(Stage.of(this)?.outdir ?? tmpdir(), `${name}.zip`);
    writeFileSync(path, sparkWheel());
    return new Asset(this, 'Wheel', { path });
  }

  #script(id: string, file: string): Asset {
    return new Asset(this, id, { path: `${PACKAGE}/${file}` });
  }

  #rights(assets: readonly Asset[]): PolicyStatement[] {
    return [
      ...readEvents(this, this.#sides.stream.stream),
      ...keepFiles(this, this.#bucket, this.#key),
      readArtefacts(assets.map(({ bucket, s3ObjectKey }) => bucket.arnForObjects(s3ObjectKey))),
      ...(this.#environment.settings.jobs.opensearch ? [this.#sides.search.workerRights] : []),
    ];
  }

  /** All parameters of each job, by its name. */
  #parameters(): Record<string, Parameters> {
    const { jobs } = this.#environment.settings;
    const given = (of: string): Parameters =>
      Object.fromEntries(
        Object.entries(jobs.parameters).flatMap(([name, value]) => {
          const { job, key } = partsOf(name);
          return job === undefined || job === of ? [[key, value]] : [];
        }),
      );
    const at = (folder: string, job: string) => `s3://${this.#bucket.bucketName}/${folder}/${job}`;
    const of = (job: string): Parameters => ({
      APPLICATION: nameOf(this.#environment),
      SOURCE: 'kinesis',
      KINESIS_STREAM: this.#sides.stream.stream.streamName,
      KINESIS_ENDPOINT: `https://kinesis.${this.region}.${this.urlSuffix}`,
      CHECKPOINT_PATH: at('checkpoints', job),
      DEAD_LETTER_PATH: at('letters', job),
      OUTPUT_PATH: at('output', job),
      TRIGGER: '30s',
      METRICS_EMF: 'stdout',
      ...(jobs.opensearch && {
        OPENSEARCH_NODE: this.#sides.search.endpoint,
        OPENSEARCH_AUTH: 'sigv4',
        OPENSEARCH_SERVICE: 'es',
        OPENSEARCH_REGION: this.region,
      }),
      ...given(job),
    });
    return Object.fromEntries(jobs.names.map((job) => [job, of(job)]));
  }

  #onGlue(name: string): GlueJobs {
    const { jobs } = this.#environment.settings;
    const { vpc, workers } = this.#sides.network;
    const script = this.#script('Script', 'glue.py');
    return new GlueJobs(this, 'Glue', {
      name,
      vpc,
      securityGroups: [workers],
      key: this.#key,
      temporary: `s3://${this.#bucket.bucketName}/temporary/`,
      rights: this.#rights([this.#wheel, script]),
      script: script.s3ObjectUrl,
      wheel: this.#wheel.s3ObjectUrl,
      jobs: this.#parameters(),
      workerType: jobs.worker_type,
      workersMax: jobs.workers_max,
      retries: jobs.retries,
      maintenance: jobs.maintenance,
    });
  }

  #onEmr(name: string): EmrJobs {
    const { jobs, log_days: logDays } = this.#environment.settings;
    const { vpc, workers } = this.#sides.network;
    const scripts = new Map(jobs.names.map((job) => [job, this.#script(`Script-${job}`, `jobs/${job}.py`)]));
    const jars = jobs.jars.map((path, at) => new Asset(this, `Jar${at}`, { path: resolve(path) }));
    const emr = new EmrJobs(this, 'Emr', {
      name,
      release: jobs.release,
      vpc,
      securityGroups: [workers],
      key: this.#key,
      rights: this.#rights([this.#wheel, ...scripts.values(), ...jars]),
      vcpuMax: jobs.vcpu_max,
      logDays,
      removalPolicy: removalPolicy(this.#environment),
    });
    for (const [job, parameters] of Object.entries(this.#parameters())) {
      const script = scripts.get(job)?.s3ObjectUrl ?? '';
      const urls = { wheel: this.#wheel.s3ObjectUrl, jars: jars.map(({ s3ObjectUrl }) => s3ObjectUrl) };
      new CfnOutput(this, `Start-${job}`.replace(/[-_]/g, ''), {
        value: this.toJsonString(emr.start({ job, script, parameters, ...urls })),
        description: `aws emr-serverless start-job-run --cli-input-json, for ${job}`,
      });
    }
    return emr;
  }
}
