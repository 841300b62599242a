import type { Config } from '../../config/tree.ts';
import { describe } from '../../core/errors.ts';
import type { Transform } from '../../core/message.ts';
import type { Check } from '../../doctor/examine.ts';
import { type Finding, fail, ok } from '../../doctor/finding.ts';
import { member, type OpenSearchClient } from '../../sink/opensearch/client.ts';
import * as ism from '../../sink/opensearch/ism.ts';
import { isKnown, tell, whyNot } from '../../sink/opensearch/tell.ts';
import { putTemplate, readTemplate, templateRequest } from '../../sink/opensearch/template.ts';
import * as roles from '../../sink/opensearch/worker-role.ts';
import { isServerless } from '../opensearch.ts';
import { templateOf } from '../template.ts';
import { policyOf, strangers } from './retention.ts';

interface Parts {
  readonly config: Config;
  readonly transform: Transform;
  readonly client: OpenSearchClient;
}

const FIX = 'mend what it says, and apply it again';

/** Installs our index template, unless it is somebody else's business or a newer version stands there. */
const applyTemplate = async (
  { config, transform, client }: Parts,
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  if (config.opensearch.template === 'off')
    return [ok('opensearch-template', 'not applied: opensearch.template is off')];
  const template = templateOf(config, transform);
  const told = await tell(client, templateRequest(template.name), signal);
  if (!isKnown(told)) return [fail('opensearch-template', `not applied: ${whyNot(told)}`, FIX)];
  const version = 'body' in told ? member(readTemplate(told.body), 'version') : undefined;
  const named = `index template "${template.name}"`;
  if (typeof version === 'number' && version > template.version)
    return [ok('opensearch-template', `not applied: ${named} is newer (version ${version}, ours ${template.version})`)];
  try {
    await putTemplate(client, template, signal);
    return [ok('opensearch-template', `applied: ${named}; it holds for indices made from now on`)];
  } catch (thrown) {
    return [fail('opensearch-template', describe(thrown), FIX)];
  }
};

/** Installs our ISM policy, where the configuration names one and no other stands under its name. */
const applyPolicy = async (parts: Parts, signal: AbortSignal): Promise<readonly Finding[]> => {
  const { config, client } = parts;
  const policy = policyOf(config);
  if (!policy) return [];
  // The policy deletes: whoever cannot see what it covers must not install it.
  const others = await strangers(parts, signal);
  if (others === undefined || others.length > 0) {
    const why = others ? `it would cover ${others.slice(0, 5).join(', ')}` : 'what it would cover cannot be seen';
    return [
      fail(
        'opensearch-retention',
        `not applied: ${why}`,
        'grant indices:monitor/settings/get, or give other indices other names',
      ),
    ];
  }
  const told = await tell(client, ism.policyRequest(policy.name), signal);
  if (!isKnown(told)) return [fail('opensearch-retention', `not applied: ${whyNot(told)}`, FIX)];
  const stored = 'body' in told ? ism.readPolicy(told.body) : undefined;
  const named = `ISM policy "${policy.name}"`;
  if ('body' in told && !(stored && ism.isOurPolicy(stored)))
    return [fail('opensearch-retention', `not applied: ${named} was not made by Shardline`, 'remove or rename it')];
  const put = await tell(client, ism.putPolicyRequest(policy, stored), signal);
  if (!('body' in put)) return [fail('opensearch-retention', `not applied: ${whyNot(put)}`, FIX)];
  return [ok('opensearch-retention', `applied: ${named}; it holds for indices made from now on`)];
};

/** Makes the workers' role inside a domain, and gives it to the IAM role that they run as. */
const applyRole = async (parts: Parts, worker: string, signal: AbortSignal): Promise<readonly Finding[]> => {
  const { config, transform, client } = parts;
  const not = (why: string, fix = FIX) => [fail('opensearch-rights', `not applied: ${why}`, fix)];
  if (isServerless(config)) return not('a collection has no roles inside', 'a data access policy of the collection');
  const { name, indexPatterns } = templateOf(config, transform);
  const told = await tell(client, roles.roleRequest(name), signal);
  if (!isKnown(told)) return not(whyNot(told), 'ask as the master user of the domain');
  const named = `role "${name}"`;
  if ('body' in told && !roles.isOurRole(told.body, name))
    return not(`${named} was not made by Shardline`, 'remove or rename it');
  const made = await tell(client, roles.putRoleRequest(name, indexPatterns), signal);
  if (!('body' in made)) return not(whyNot(made));
  const mapping = await tell(client, roles.mappingRequest(name), signal);
  if (!isKnown(mapping)) return not(whyNot(mapping));
  const stored = 'body' in mapping ? mapping.body : undefined;
  const mapped = await tell(client, roles.putMappingRequest(name, stored, worker), signal);
  if (!('body' in mapped)) return not(whyNot(mapped));
  return [ok('opensearch-rights', `applied: ${named}, and ${worker} has it`)];
};

/** What `--apply` does, before everything is asked; `worker`: whom the role inside OpenSearch is for, if anybody. */
export const applying = (parts: Parts, worker: string | undefined): readonly Check[] => [
  { name: 'opensearch-template', ask: (signal) => applyTemplate(parts, signal) },
  { name: 'opensearch-retention', ask: (signal) => applyPolicy(parts, signal) },
  ...(worker === undefined
    ? []
    : [{ name: 'opensearch-rights' as const, ask: (signal: AbortSignal) => applyRole(parts, worker, signal) }]),
];
