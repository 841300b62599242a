import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type ISecurityGroup, type IVpc, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnDomain } from 'aws-cdk-lib/aws-opensearchservice';
import { Construct } from 'constructs';
import { argue, because } from '../rights/because.ts';
import { OWNER_ACTIONS } from './rights.ts';
import { SearchLogs } from './search-logs.ts';

export interface SearchDomainProps {
  readonly name: string;
  readonly vpc: IVpc;
  readonly zones: number;
  /** Who may open connections to it. */
  readonly from: readonly ISecurityGroup[];
  /** May do everything inside OpenSearch: it gives the workers their role there. */
  readonly owner: Role;
  readonly version: string;
  readonly instance: string;
  readonly nodes: number;
  readonly volumeGb: number;
  /** 0: none. */
  readonly masters: number;
  readonly masterInstance: string;
  readonly logDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

const NO_MASTERS =
  'An environment of two or three small nodes keeps their votes among themselves; set search.masters where load is high.';
const IN_VPC =
  'It is reached from the VPC only, through a security group that lets the workers in; policies of IAM decide who.';

const clusterOf = ({
  instance,
  nodes,
  zones,
  masters,
  masterInstance,
}: SearchDomainProps): CfnDomain.ClusterConfigProperty => ({
  instanceType: instance,
  instanceCount: nodes,
  zoneAwarenessEnabled: true,
  zoneAwarenessConfig: { availabilityZoneCount: zones },
  dedicatedMasterEnabled: masters > 0,
  ...(masters > 0 && { dedicatedMasterCount: masters, dedicatedMasterType: masterInstance }),
});

/** An OpenSearch domain in a VPC: encrypted, TLS 1.2 only, with fine-grained access control, its logs published. */
export class SearchDomain extends Construct {
  readonly domain: CfnDomain;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: SearchDomainProps) {
    super(scope, id);
    const { name, vpc, zones, from, owner, removalPolicy } = props;
    const arn = Stack.of(this).formatArn({ service: 'es', resource: 'domain', resourceName: name });
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc,
      securityGroupName: `${name}-search`,
      description: 'The OpenSearch domain: workers come in by TLS, nothing goes out',
      allowAllOutbound: false,
    });
    for (const peer of from) this.securityGroup.addIngressRule(peer, Port.tcp(443), 'TLS');
    const logs = new SearchLogs(this, 'Logs', { ...props, domainArn: arn });
    this.domain = new CfnDomain(this, 'Domain', {
      domainName: name,
      engineVersion: `OpenSearch_${props.version}`,
      clusterConfig: clusterOf(props),
      ebsOptions: { ebsEnabled: true, volumeType: 'gp3', volumeSize: props.volumeGb },
      vpcOptions: {
        subnetIds: [...new Set([...vpc.isolatedSubnets, ...vpc.privateSubnets])]
          .slice(0, zones)
          .map(({ subnetId }) => subnetId),
        securityGroupIds: [this.securityGroup.securityGroupId],
      },
      encryptionAtRestOptions: { enabled: true },
      nodeToNodeEncryptionOptions: { enabled: true },
      domainEndpointOptions: { enforceHttps: true, tlsSecurityPolicy: 'Policy-Min-TLS-1-2-PFS-2023-10' },
      advancedSecurityOptions: {
        enabled: true,
        internalUserDatabaseEnabled: false,
        masterUserOptions: { masterUserArn: owner.roleArn },
      },
      accessPolicies: new PolicyDocument({
        statements: [
          new PolicyStatement({
            principals: [new AccountRootPrincipal()],
            actions: [...OWNER_ACTIONS],
            resources: [`${arn}/*`],
          }),
        ],
      }),
      logPublishingOptions: logs.publishing,
      offPeakWindowOptions: { enabled: true },
      softwareUpdateOptions: { autoSoftwareUpdateEnabled: true },
    });
    this.domain.node.addDependency(logs);
    this.domain.applyRemovalPolicy(removalPolicy, { applyToUpdateReplacePolicy: true });
    because(this.domain, '/*', 'Paths of OpenSearch; its own roles say which indices, for IAM knows none of them.');
    argue(this.domain, 'AwsSolutions-OS3', IN_VPC);
    if (props.masters === 0) argue(this.domain, 'AwsSolutions-OS4', NO_MASTERS);
  }
}
