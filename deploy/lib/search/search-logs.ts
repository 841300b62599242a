import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnResourcePolicy, LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CfnDomain } from 'aws-cdk-lib/aws-opensearchservice';
import { Construct } from 'constructs';

export interface SearchLogsProps {
  readonly name: string;
  readonly domainArn: string;
  readonly logDays: RetentionDays;
  readonly removalPolicy: RemovalPolicy;
}

const KINDS = {
  ES_APPLICATION_LOGS: 'errors',
  SEARCH_SLOW_LOGS: 'slow-search',
  INDEX_SLOW_LOGS: 'slow-index',
  AUDIT_LOGS: 'audit',
};

/** Log groups for all that a domain has to say, which that domain alone may write to. */
export class SearchLogs extends Construct {
  /** For the domain, which must be made after this. */
  readonly publishing: Record<string, CfnDomain.LogPublishingOptionProperty>;

  constructor(scope: Construct, id: string, { name, domainArn, logDays, removalPolicy }: SearchLogsProps) {
    super(scope, id);
    const groups = Object.entries(KINDS).map(([kind, thing]) => {
      const group = new LogGroup(this, thing, {
        logGroupName: `/${name}/search-${thing}`,
        retention: logDays,
        removalPolicy,
      });
      return [kind, group] as const;
    });
    const document = new PolicyDocument({
      statements: [
        new PolicyStatement({
          principals: [new ServicePrincipal('es.amazonaws.com')],
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:PutLogEventsBatch'],
          resources: groups.map(([, group]) => group.logGroupArn),
          conditions: {
            StringEquals: { 'aws:SourceAccount': Stack.of(this).account },
            ArnLike: { 'aws:SourceArn': domainArn },
          },
        }),
      ],
    });
    new CfnResourcePolicy(this, 'Policy', {
      policyName: `${name}-search-logs`,
      policyDocument: Stack.of(this).toJsonString(document),
    });
    this.publishing = Object.fromEntries(
      groups.map(([kind, group]) => [kind, { enabled: true, cloudWatchLogsLogGroupArn: group.logGroupArn }]),
    );
  }
}
