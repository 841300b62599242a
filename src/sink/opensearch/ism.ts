import { isObject } from '../../core/is-object.ts';
import { member, type Request } from './client.ts';

/** How long indices live. Ages count from an index's creation, as Index State Management counts them. */
export interface PolicyOptions {
  readonly name: string;
  readonly indexPatterns: readonly string[];
  /** Such as `30d`; undefined: never. */
  readonly deleteAfter: string | undefined;
  /** Undefined: never moved to UltraWarm. */
  readonly warmAfter: string | undefined;
}

/** A policy as it is stored, with what a conditional update of it needs. */
export interface StoredPolicy {
  readonly policy: unknown;
  readonly sequenceNumber: number;
  readonly primaryTerm: number;
}

/** Begins the description of a policy of ours; others are left alone. */
const OURS = 'Shardline: ';
/** Above the usual 0 to 100, so that a catch-all policy of the cluster does not win. */
const PRIORITY = 300;

const pathOf = (name: string): string => `/_plugins/_ism/policies/${encodeURIComponent(name)}`;

const into = (state: string, age: string | undefined): readonly object[] =>
  age === undefined ? [] : [{ state_name: state, conditions: { min_index_age: age } }];

/** Deletes, and before that moves to UltraWarm, what grew old. New indices get it by its `ism_template`. */
export const policyBody = ({ name, indexPatterns, deleteAfter, warmAfter }: PolicyOptions) => {
  const deletion = into('delete', deleteAfter);
  const warm = { name: 'warm', actions: [{ warm_migration: {} }], transitions: deletion };
  return {
    policy: {
      description: `${OURS}how long the indices of ${name} live`,
      default_state: 'hot',
      states: [
        { name: 'hot', actions: [], transitions: warmAfter === undefined ? deletion : into('warm', warmAfter) },
        ...(warmAfter === undefined ? [] : [warm]),
        ...(deleteAfter === undefined ? [] : [{ name: 'delete', actions: [{ delete: {} }], transitions: [] }]),
      ],
      ism_template: [{ index_patterns: indexPatterns, priority: PRIORITY }],
    },
  };
};

export const policyRequest = (name: string): Request => ({ method: 'GET', path: pathOf(name) });

/** The answer to policyRequest; undefined where it is none. */
export const readPolicy = (body: unknown): StoredPolicy | undefined => {
  const policy = member(body, 'policy');
  const sequenceNumber = member(body, '_seq_no');
  const primaryTerm = member(body, '_primary_term');
  if (!isObject(policy) || typeof sequenceNumber !== 'number' || typeof primaryTerm !== 'number') return undefined;
  return { policy, sequenceNumber, primaryTerm };
};

export const isOurPolicy = ({ policy }: StoredPolicy): boolean => {
  const description = member(policy, 'description');
  return typeof description === 'string' && description.startsWith(OURS);
};

/** Which policy each index has, of those that the wildcards cover. */
export const explainRequest = (wildcards: readonly string[]): Request => ({
  method: 'GET',
  path: `/_plugins/_ism/explain/${wildcards.map(encodeURIComponent).join(',')}`,
});

export const readExplain = (
  body: unknown,
): readonly { readonly index: string; readonly policy: string | undefined }[] =>
  isObject(body)
    ? Object.entries(body)
        .filter(([, value]) => isObject(value))
        .map(([index, value]) => {
          const policy = member(value, 'index.plugins.index_state_management.policy_id');
          return { index, policy: typeof policy === 'string' ? policy : undefined };
        })
    : [];

/** Puts the policy, in the place of `stored` when there is one and nobody changed it meanwhile. */
export const putPolicyRequest = (options: PolicyOptions, stored: StoredPolicy | undefined): Request => ({
  method: 'PUT',
  path: pathOf(options.name),
  ...(stored
    ? { querystring: { if_seq_no: `${stored.sequenceNumber}`, if_primary_term: `${stored.primaryTerm}` } }
    : {}),
  body: policyBody(options),
});
