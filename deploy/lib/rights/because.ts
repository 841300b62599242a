import { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Where the reasons stand in the templates; a test reads them there. */
export const WILDCARDS = 'shardline:wildcards';
/** Where cdk-nag looks for what was argued away, whoever runs it: it need not be installed here. */
const NAG = 'cdk_nag';
const NAG_LIST = 'rules_to_suppress';

const resourceOf = (owner: IConstruct): CfnResource => {
  const found = CfnResource.isCfnResource(owner) ? owner : owner.node.defaultChild;
  if (found && CfnResource.isCfnResource(found)) return found;
  throw new TypeError(
    `${owner.node.path} is no resource of CloudFormation: a reason belongs to the one with the policy`,
  );
};

const listIn = (resource: CfnResource, key: string, inner?: string): unknown[] => {
  const found: unknown = resource.getMetadata(key);
  const list = inner === undefined ? found : (found as Record<string, unknown> | undefined)?.[inner];
  return Array.isArray(list) ? list : [];
};

/** Argues away a rule of cdk-nag for one resource, or only those of its findings that match. */
export const argue = (owner: IConstruct, rule: string, reason: string, findings?: RegExp): void => {
  const resource = resourceOf(owner);
  const entry = { id: rule, reason, ...(findings && { applies_to: [{ regex: String(findings) }] }) };
  resource.addMetadata(NAG, { [NAG_LIST]: [...listIn(resource, NAG, NAG_LIST), entry] });
};

/**
 * Says, next to a policy, why one of its wildcards must be. Without it a test fails.
 * @param owner the resource that holds the policy, or the construct whose one resource does
 * @param ending what the action, ARN or managed policy ends with (`/*`); or the whole of it, where that is `*`
 */
export const because = (owner: IConstruct, ending: string, why: string): void => {
  const resource = resourceOf(owner);
  const said = listIn(resource, WILDCARDS);
  if (said.some((each) => JSON.stringify(each) === JSON.stringify({ ending, why }))) return;
  resource.addMetadata(WILDCARDS, [...said, { ending, why }]);
  // cdk-nag looks at the policies of IAM only.
  if (!resource.cfnResourceType.startsWith('AWS::IAM::')) return;
  const text = ending.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  argue(owner, 'AwsSolutions-IAM5', why, new RegExp(`^(Action|Resource)::${ending === '*' ? '' : '.*'}${text}$`));
};
