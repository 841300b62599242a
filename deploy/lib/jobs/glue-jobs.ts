import { Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnConnection, CfnJob, CfnSecurityConfiguration } from 'aws-cdk-lib/aws-glue';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { because } from '../rights/because.ts';
import { enterVpc } from './rights.ts';

export interface GlueJobsProps {
  readonly name: string;
  /** Where the jobs run: one subnet of it, in the given groups and one of their own, whose members reach each other. */
  readonly vpc: IVpc;
  readonly securityGroups: readonly ISecurityGroup[];
  /** Encrypts what Glue itself writes: logs, bookmarks, temporary files. It must let CloudWatch Logs use it. */
  readonly key: IKey;
  /** Of the bucket for temporary files, `s3://…/`. */
  readonly temporary: string;
  /** What the jobs need beside what Glue does; with `/*` as the one wildcard. */
  readonly rights: readonly PolicyStatement[];
  /** `s3://…` of shardline_jobs/glue.py, and of the wheel. */
  readonly script: string;
  readonly wheel: string;
  /** The jobs by name, with their parameters. */
  readonly jobs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly workerType: string;
  readonly workersMax: number;
  readonly retries: number;
  readonly maintenance: string;
}

/** The log groups, whose names Glue makes of this. */
const logPrefix = (name: string): string => `/${name}/glue`;

/** Streaming jobs on Glue 5.1, encrypted, in a VPC, each once at a time. */
export class GlueJobs extends Construct {
  readonly role: Role;
  readonly jobs: readonly CfnJob[];
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: GlueJobsProps) {
    super(scope, id);
    const { name, key } = props;
    this.securityGroup = this.#groupOf(props);
    const connection = this.#connectionOf(props);
    const encryption = new CfnSecurityConfiguration(this, 'Encryption', {
      name,
      encryptionConfiguration: {
        cloudWatchEncryption: { cloudWatchEncryptionMode: 'SSE-KMS', kmsKeyArn: key.keyArn },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'CSE-KMS', kmsKeyArn: key.keyArn },
        s3Encryptions: [{ s3EncryptionMode: 'SSE-KMS', kmsKeyArn: key.keyArn }],
      },
    });
    this.role = this.#roleOf(props);
    this.jobs = Object.entries(props.jobs).map(([job, parameters]) => {
      const made = this.#jobOf(props, job, parameters);
      made.node.addDependency(connection, encryption);
      return made;
    });
  }

  #jobOf(props: GlueJobsProps, job: string, parameters: Readonly<Record<string, string>>): CfnJob {
    const ours = Object.entries(parameters).map(([key, value]) => [`--${key}`, value]);
    return new CfnJob(this, job, {
      name: `${props.name}-${job}`,
      description: `The Spark job ${job} of Shardline`,
      role: this.role.roleArn,
      glueVersion: '5.1',
      command: { name: 'gluestreaming', pythonVersion: '3', scriptLocation: props.script },
      workerType: props.workerType,
      numberOfWorkers: props.workersMax,
      // Two runs would share a checkpoint.
      executionProperty: { maxConcurrentRuns: 1 },
      maxRetries: props.retries,
      maintenanceWindow: props.maintenance,
      securityConfiguration: props.name,
      connections: { connections: [props.name] },
      // No timeout: with one of less than 7 days a run would end and not be restarted ("Maintenance windows for AWS Glue Streaming").
      defaultArguments: {
        '--job-language': 'python',
        '--extra-py-files': props.wheel,
        '--TempDir': props.temporary,
        '--job-bookmark-option': 'job-bookmark-disable',
        '--enable-auto-scaling': 'true',
        '--enable-metrics': 'true',
        '--enable-continuous-cloudwatch-log': 'true',
        '--custom-logGroup-prefix': logPrefix(props.name),
        '--SHARDLINE_JOB': job,
        ...Object.fromEntries(ours),
      },
    });
  }

  /** Glue asks for a group whose members may reach each other at every port ("Setting up a VPC to connect to … for AWS Glue"). */
  #groupOf({ name, vpc }: GlueJobsProps): SecurityGroup {
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      securityGroupName: `${name}-spark`,
      description: 'Spark jobs on Glue: their workers reach each other, and AWS by TLS',
      allowAllOutbound: false,
    });
    group.addIngressRule(group, Port.allTcp(), 'Workers of a job');
    group.addEgressRule(group, Port.allTcp(), 'Workers of a job');
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'TLS');
    return group;
  }

  #connectionOf({ name, vpc, securityGroups }: GlueJobsProps): CfnConnection {
    const [subnet] = [...vpc.isolatedSubnets, ...vpc.privateSubnets];
    if (!subnet) throw new TypeError('a VPC without subnets runs no jobs');
    return new CfnConnection(this, 'Connection', {
      catalogId: Stack.of(this).account,
      connectionInput: {
        name,
        connectionType: 'NETWORK',
        connectionProperties: {},
        physicalConnectionRequirements: {
          availabilityZone: subnet.availabilityZone,
          subnetId: subnet.subnetId,
          securityGroupIdList: [...securityGroups, this.securityGroup].map((each) => each.securityGroupId),
        },
      },
    });
  }

  #roleOf({ name, key, rights }: GlueJobsProps): Role {
    const { account, partition, region } = Stack.of(this);
    const groups = `arn:${partition}:logs:${region}:${account}:log-group:${logPrefix(name)}/*`;
    const glue = [
      new PolicyStatement({
        sid: 'WriteLog',
        actions: ['logs:AssociateKmsKey', 'logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [groups],
      }),
      new PolicyStatement({
        sid: 'CountWork',
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringEquals: { 'cloudwatch:namespace': 'Glue' } },
      }),
      new PolicyStatement({ sid: 'UseKey', actions: ['kms:Decrypt', 'kms:Encrypt'], resources: [key.keyArn] }),
      ...enterVpc(this, name),
    ];
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('glue.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
      description: 'Runs the Spark jobs on Glue',
      inlinePolicies: { work: new PolicyDocument({ statements: [...rights, ...glue] }) },
    });
    because(role, '/*', 'Hadoop names the files of the jobs’ own bucket, Glue its log groups; paths of one domain.');
    because(role, 'network-interface/*', 'Network interfaces that are still to be made have no ARN.');
    because(role, '*', 'Neither metrics nor network interfaces that are still to be made have an ARN to name.');
    return role;
  }
}
