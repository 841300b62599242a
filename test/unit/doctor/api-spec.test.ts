import { describe, expect, it } from 'vitest';
import type { Request } from '../../../src/sink/opensearch/client.ts';
import * as facts from '../../../src/sink/opensearch/cluster-facts.ts';
import * as ism from '../../../src/sink/opensearch/ism.ts';
import { readRequest, writeRequest } from '../../../src/sink/opensearch/rights.ts';
import { simulateRequest, templateRequest } from '../../../src/sink/opensearch/template.ts';
import { apiSpec, ismSchema } from '../../support/api-spec.ts';

const spec = apiSpec();

const template = { name: 'e', indexPatterns: ['e-*'], version: 1, mappings: {}, composedOf: ['c'], shards: undefined };
const policy = { name: 'e', indexPatterns: ['e-*'], deleteAfter: '30d', warmAfter: '7d' };
const stored = { policy: {}, sequenceNumber: 7, primaryTerm: 1 };

/** What a domain and a collection are both asked. */
const ANYWHERE: readonly Request[] = [
  templateRequest('e'),
  simulateRequest('e-2026.01.02'),
  simulateRequest('e-2026.01.02', template),
  facts.indexRequest('e-2026.01.02'),
  readRequest('e-2026.01.02'),
  writeRequest('e-2026.01.02', true),
  writeRequest('e-2026.01.02', false),
];

/** What only a domain is asked. The specification at hand does not cover `/_cluster` and `/_nodes`. */
const DOMAIN: readonly Request[] = [
  facts.mainRequest,
  facts.indicesRequest(['e-*', 'strays']),
  ism.policyRequest('e'),
  ism.explainRequest(['e-*']),
  ism.putPolicyRequest(policy, undefined),
  ism.putPolicyRequest(policy, stored),
];

describe.runIf(spec)("the doctor's requests, by the API specification of OpenSearch", () => {
  it.each([
    ['amazon-managed', [...ANYWHERE, ...DOMAIN]],
    ['amazon-serverless', ANYWHERE],
  ] as const)('are such as %s has, with parameters and members that it knows', (distribution, requests) => {
    const wrong = requests.flatMap(({ method, path, querystring = {}, body = {} }) => {
      const operation = spec?.(method, path);
      if (!operation) return [`${method} ${path}: not specified`];
      const { excluded, query, body: members = Object.keys(body) } = operation;
      return [
        ...(excluded.includes(distribution) ? [`${path}: not in ${distribution}`] : []),
        ...Object.keys(querystring).filter((name) => !query.includes(name)),
        ...Object.keys(body).filter((name) => !members.includes(name)),
      ];
    });
    expect(wrong).toEqual([]);
  });

  it('carry a policy of states, actions and transitions that ISM has', () => {
    const body = ism.policyBody(policy);
    expect(ismSchema('PolicyEnvelope')).toEqual(Object.keys(body));
    const unknown = (value: object, schema: string) =>
      Object.keys(value).filter((name) => !ismSchema(schema)?.includes(name));
    const { states, ...rest } = body.policy;
    expect(unknown(rest, 'Policy')).toEqual([]);
    expect(states.flatMap((state) => unknown(state, 'States'))).toEqual([]);
    expect(states.flatMap(({ transitions }) => transitions.flatMap((each) => unknown(each, 'Transition')))).toEqual([]);
    expect(rest.ism_template.flatMap((each) => unknown(each, 'IsmTemplate'))).toEqual([]);
    // UltraWarm is Amazon's own, and not in the specification of OpenSearch.
    const actions = states.flatMap((state) => state.actions.flatMap((each) => unknown(each, 'Action')));
    expect(actions).toEqual(['warm_migration']);
  });
});
