import { isObject } from '../core/is-object.ts';
import { differences, diffLines } from './difference.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const NAME = 'opensearch-retention';
const DAY_MS = 86_400_000;

const list = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
const at = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS };

/** An age as ISM writes it; NaN for one that cannot be read. */
const ageMs = (text: unknown): number => {
  const [, count, unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(String(text)) ?? [];
  return Number(count) * (UNITS[unit] ?? Number.NaN);
};

/** One condition is said in milliseconds, for ISM may write another unit than it was given. */
const conditionsOf = (transition: unknown): string =>
  Object.entries(at(transition, 'conditions') ?? {})
    .map(([name, value]) => {
      const ms = name === 'min_index_age' ? ageMs(value) : Number.NaN;
      return `${name} ${Number.isNaN(ms) ? JSON.stringify(value) : `${ms / 3_600_000} h`}`;
    })
    .join(', ');

/** ISM adds how often to try to each action. */
const actionOf = (action: unknown): string =>
  JSON.stringify(
    Object.fromEntries(Object.entries(action ?? {}).filter(([key]) => key !== 'retry' && key !== 'timeout')),
  );

const stateLeaves = (state: unknown) => {
  const path = `states.${at(state, 'name')}`;
  const moves = list(at(state, 'transitions')).map((each) => `${at(each, 'state_name')} when ${conditionsOf(each)}`);
  return [
    [`${path}.actions`, list(at(state, 'actions')).map(actionOf).join(', ') || 'none'] as const,
    [`${path}.transitions`, moves.join('; ') || 'none'] as const,
  ];
};

/** What a policy comes to, without what ISM adds to it. */
const policyLeaves = (policy: unknown) => [
  ['default_state', String(at(policy, 'default_state'))] as const,
  ...list(at(policy, 'states')).flatMap(stateLeaves),
  ...list(at(policy, 'ism_template'))
    .filter(isObject)
    .map((each, i) => [`ism_template.${i}`, JSON.stringify([each.index_patterns, each.priority])] as const),
];

export interface PolicyFacts {
  readonly name: string;
  /** What this configuration makes; undefined where it names no retention. */
  readonly wanted: unknown;
  /** What is installed under our name. */
  readonly found: unknown;
  /** Whether that was made by us. */
  readonly isOurs: boolean;
  /** Our indices with the policy of each. */
  readonly indices: readonly { readonly index: string; readonly policy: string | undefined }[];
}

const APPLY = 'shardline doctor --apply';

/** Indices that were made before the policy, or by hand, keep what they have: nothing is deleted that nobody asked for. */
const judgeIndices = ({ name, indices }: PolicyFacts): Finding => {
  const others = indices.filter(({ policy }) => policy !== name);
  const text = `ISM policy "${name}" is as this configuration makes it`;
  if (others.length === 0) return ok(NAME, text);
  const some = others.slice(0, 3).map(({ index, policy }) => `${index} (${policy ?? 'none'})`);
  return warn(
    NAME,
    `${text}; indices with another policy or none: ${others.length}, such as ${some.join(', ')}`,
    `if these shall go as well: POST /_plugins/_ism/add/INDEX {"policy_id": "${name}"}`,
  );
};

/** The installed ISM policy against the one that this configuration makes. */
export const judgePolicy = (facts: PolicyFacts): Finding => {
  const { name, wanted, found, isOurs } = facts;
  const named = `ISM policy "${name}"`;
  if (wanted === undefined)
    return found !== undefined && isOurs
      ? warn(
          NAME,
          `${named} is installed, but opensearch.retention is not set`,
          'set it again, or remove the policy by hand',
        )
      : ok(NAME, 'no retention is configured here: nothing of ours deletes indices');
  const lines = diffLines(differences(found === undefined ? [] : policyLeaves(found), policyLeaves(wanted), true));
  if (found === undefined)
    return warn(NAME, `${named} is not there: no index is deleted or warmed by it`, APPLY, lines);
  if (lines.length === 0) return judgeIndices(facts);
  return isOurs
    ? warn(NAME, `${named} differs from what this configuration makes`, APPLY, lines)
    : fail(
        NAME,
        `${named} was not made by Shardline, and differs`,
        'remove or rename it, or leave opensearch.retention out',
        lines,
      );
};

/** The youngest age at which a policy deletes an index, milliseconds; undefined where it never does. */
export const deletionAgeMs = (policy: unknown): number | undefined => {
  const states = list(at(policy, 'states'));
  const deletes = new Set(
    states
      .filter((state) => list(at(state, 'actions')).some((action) => isObject(action) && 'delete' in action))
      .map((state) => at(state, 'name')),
  );
  const ages = states
    .flatMap((state) => list(at(state, 'transitions')))
    .filter((transition) => deletes.has(at(transition, 'state_name')))
    .map((transition) => ageMs(at(at(transition, 'conditions'), 'min_index_age')))
    .filter((ms) => !Number.isNaN(ms));
  return ages.length === 0 ? undefined : Math.min(...ages);
};

export interface WindowFacts {
  /** Infinity for `unlimited`. */
  readonly pastMs: number;
  /** How much time one index covers, at most. */
  readonly periodMs: number;
  /** After how long an index is deleted, and by what. */
  readonly retention: { readonly ms: number; readonly by: string } | undefined;
  readonly warmAfterMs: number | undefined;
}

const days = (ms: number): string =>
  ms === Number.POSITIVE_INFINITY ? 'unlimited' : `${Math.round((ms / DAY_MS) * 10) / 10} d`;

/**
 * An event may arrive `past` late, and belong to the end of its index's time: until then the index must be there and
 * take documents. Else a day that was deleted is made anew, and what is delivered again is counted twice.
 */
export const judgeWindow = ({ pastMs, periodMs, retention, warmAfterMs }: WindowFacts): Finding => {
  const latest = pastMs + periodMs;
  const past = `index_window.past is ${days(pastMs)}`;
  if (retention && retention.ms < pastMs)
    return fail(
      'index-window',
      `${past}, but indices are deleted after ${days(retention.ms)} (${retention.by}): late events would make them anew, and what is delivered again would be there twice`,
      `keep indices for ${days(latest)}, or narrow index_window.past`,
    );
  if (warmAfterMs !== undefined && warmAfterMs < latest)
    return fail(
      'index-window',
      `${past}, but indices take no documents after ${days(warmAfterMs)} (opensearch.warm_after): late events would become dead letters`,
      `warm them after ${days(latest)}, or narrow index_window.past`,
    );
  if (retention && retention.ms < latest)
    return warn(
      'index-window',
      `${past}, and indices are deleted after ${days(retention.ms)} (${retention.by}): the latest events of an index's time may find it deleted`,
      `keep indices for ${days(latest)}, or narrow index_window.past`,
    );
  return ok(
    'index-window',
    retention
      ? `${past}, and indices are deleted after ${days(retention.ms)} (${retention.by})`
      : `${past}, and nothing we know of deletes indices`,
  );
};
