import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { CfnApplication } from 'aws-cdk-lib/aws-emrserverless';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { because } from '../rights/because.ts';

export interface EmrJobsProps {
  readonly name: string;
  readonly release: string;
  readonly vpc: IVpc;
  readonly securityGroups: readonly ISecurityGroup[];
  /** Encrypts the logs. It must let CloudWatch Logs use it. */
  readonly key: IKey;
  /** What the jobs need beside what EMR does; with `/*` as the one wildcard. */
  readonly rights: readonly PolicyStatement[];
  readonly vcpuMax: number;
  readonly logDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** A run of a job: where its script, the wheel and jars are (`s3://…`), and its parameters. */
export interface EmrRun {
  readonly job: string;
  readonly script: string;
  readonly wheel: string;
  readonly jars: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
}

/** EMR has Python 3.9 and, from 7.1 on, 3.11 ("Application versions in Amazon EMR 7.x releases"). */
const PYTHON = '/usr/bin/python3.11';
/** EMR Serverless gives up a streaming job that fails more often within an hour; by itself it allows for 5 ("Job resiliency"). */
const FAILURES_AN_HOUR = 5;

/** An application of EMR Serverless in a VPC, and the role of the jobs that run there. */
export class EmrJobs extends Construct {
  readonly application: CfnApplication;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: EmrJobsProps) {
    super(scope, id);
    const { name, vpc, key, logDays, removalPolicy } = props;
    const log = new LogGroup(this, 'Log', {
      logGroupName: `/${name}/emr`,
      encryptionKey: key,
      retention: logDays,
      removalPolicy,
    });
    this.role = this.#roleOf(props, log);
    this.application = new CfnApplication(this, 'Application', {
      name,
      type: 'SPARK',
      releaseLabel: props.release,
      architecture: 'X86_64',
      autoStartConfiguration: { enabled: true },
      autoStopConfiguration: { enabled: true, idleTimeoutMinutes: 15 },
      maximumCapacity: { cpu: `${props.vcpuMax} vCPU`, memory: `${4 * props.vcpuMax} GB` },
      networkConfiguration: {
        subnetIds: [...new Set([...vpc.isolatedSubnets, ...vpc.privateSubnets])].map(({ subnetId }) => subnetId),
        securityGroupIds: props.securityGroups.map(({ securityGroupId }) => securityGroupId),
      },
      monitoringConfiguration: {
        cloudWatchLoggingConfiguration: {
          enabled: true,
          logGroupName: log.logGroupName,
          encryptionKeyArn: key.keyArn,
        },
        managedPersistenceMonitoringConfiguration: { enabled: false },
      },
    });
  }

  /** What `aws emr-serverless start-job-run --cli-input-json` takes to start a job that EMR starts again when it fails. */
  start({ job, script, wheel, jars, parameters }: EmrRun): object {
    const python = ['emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON', 'emr-serverless.driverEnv.PYSPARK_PYTHON'];
    const conf = [...python, 'executorEnv.PYSPARK_PYTHON'].map((key) => `--conf spark.${key}=${PYTHON}`);
    return {
      name: job,
      applicationId: this.application.attrApplicationId,
      executionRoleArn: this.role.roleArn,
      mode: 'STREAMING',
      retryPolicy: { maxFailedAttemptsPerHour: FAILURES_AN_HOUR },
      jobDriver: {
        sparkSubmit: {
          entryPoint: script,
          entryPointArguments: Object.entries(parameters).flatMap(([key, value]) => [`--${key}`, value]),
          sparkSubmitParameters: [`--py-files ${wheel}`, `--jars ${jars.join(',')}`, ...conf].join(' '),
        },
      },
    };
  }

  #roleOf({ rights }: EmrJobsProps, log: LogGroup): Role {
    const logs = [
      new PolicyStatement({
        sid: 'WriteLog',
        actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        resources: [log.logGroupArn],
      }),
      new PolicyStatement({ sid: 'FindLog', actions: ['logs:DescribeLogGroups'], resources: ['*'] }),
    ];
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('emr-serverless.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      description: 'Runs the Spark jobs on EMR Serverless',
      inlinePolicies: { work: new PolicyDocument({ statements: [...rights, ...logs] }) },
    });
    because(role, '/*', 'Hadoop names the files of this bucket, which is the jobs’ own.');
    because(role, '*', 'To list log groups is a right to all of them.');
    return role;
  }
}
