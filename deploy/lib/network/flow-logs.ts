import type { RemovalPolicy } from 'aws-cdk-lib';
import { CfnFlowLog, type IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface FlowLogsProps {
  readonly vpc: IVpc;
  readonly name: string;
  readonly logDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

/** Who talked to whom in a VPC, in a log group of its own. */
export class FlowLogs extends Construct {
  constructor(scope: Construct, id: string, { vpc, name, logDays, removalPolicy }: FlowLogsProps) {
    super(scope, id);
    const group = new LogGroup(this, 'Group', {
      logGroupName: `/${name}/vpc-flow`,
      retention: logDays,
      removalPolicy,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com'),
      description: 'Writes the flow logs of the VPC',
      inlinePolicies: {
        write: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: 'WriteFlowLogs',
              actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
              resources: [group.logGroupArn],
            }),
          ],
        }),
      },
    });
    new CfnFlowLog(this, 'FlowLog', {
      resourceId: vpc.vpcId,
      resourceType: 'VPC',
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logGroupName: group.logGroupName,
      deliverLogsPermissionArn: role.roleArn,
      maxAggregationInterval: 600,
    });
  }
}
