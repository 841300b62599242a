import type { Config } from '../../config/tree.ts';
import { formatDuration } from '../../config/units.ts';
import type { Transform } from '../../core/message.ts';
import type { Check } from '../../doctor/examine.ts';
import { type Finding, fail } from '../../doctor/finding.ts';
import { deletionAgeMs, judgePolicy, judgeWindow } from '../../doctor/retention.ts';
import { datedWildcard, indexMatcher, matchesWildcard, periodOf } from '../../sink/index-pattern.ts';
import type { OpenSearchClient } from '../../sink/opensearch/client.ts';
import * as facts from '../../sink/opensearch/cluster-facts.ts';
import * as ism from '../../sink/opensearch/ism.ts';
import { tell } from '../../sink/opensearch/tell.ts';
import { isServerless } from '../opensearch.ts';
import { untold } from './parts.ts';

interface Parts {
  readonly config: Config;
  readonly transform: Transform;
  readonly client: OpenSearchClient;
}

/** Whoever has more policies on the indices of one stream looks at them by hand. */
const MOST_POLICIES = 10;

/** The policy that the configuration asks for; undefined where it names neither retention nor warming. */
export const policyOf = ({ application, index, opensearch }: Config): ism.PolicyOptions | undefined => {
  const { retentionMs, warmAfterMs } = opensearch;
  if (retentionMs === undefined && warmAfterMs === undefined) return undefined;
  const age = (ms: number | undefined) => (ms === undefined ? undefined : formatDuration(ms));
  return {
    name: application.toLowerCase(),
    indexPatterns: [datedWildcard(index)],
    deleteAfter: age(retentionMs),
    warmAfter: age(warmAfterMs),
  };
};

/** Names of those that the policy would delete though they are no days of ours; undefined where that may not be seen. */
export const strangers = async (parts: Parts, signal: AbortSignal): Promise<readonly string[] | undefined> => {
  const { config, transform, client } = parts;
  const wildcard = datedWildcard(config.index);
  const told = await tell(client, facts.indicesRequest([wildcard]), signal);
  if (!('body' in told)) return undefined;
  const isDay = indexMatcher(config.index, undefined);
  const named = [config.indexWindow.outside.index, ...(transform.indices ?? [])].filter((name) => name !== undefined);
  // Those that the configuration names may be made later.
  const covered = named.filter((name) => matchesWildcard(name, wildcard));
  const there = facts.readIndices(told.body).map(({ index }) => index);
  return [...new Set([...covered, ...there.filter((name) => !isDay(name))])];
};

const strange = (names: readonly string[] | undefined): readonly Finding[] => {
  if (names === undefined || names.length === 0) return [];
  const text = `the policy covers indices that are no days of ours: ${names.slice(0, 5).join(', ')}`;
  const fix = 'give them other names, or index a pattern of its own: such indices would be deleted as a whole';
  return [fail('opensearch-retention', text, fix)];
};

const retention = (parts: Parts): Check => ({
  name: 'opensearch-retention',
  async ask(signal) {
    const { config, client } = parts;
    const wanted = policyOf(config);
    const name = config.application.toLowerCase();
    const [told, explained] = await Promise.all([
      tell(client, ism.policyRequest(name), signal),
      tell(client, ism.explainRequest([datedWildcard(config.index)]), signal),
    ]);
    if ('silent' in told) return [untold('opensearch-retention', told)];
    if ('refused' in told && wanted) {
      const fix =
        'use an OpenSearch with the Index State Management plugin and the right to ask it, or leave opensearch.retention and warm_after out';
      return [fail('opensearch-retention', `Index State Management cannot be asked: ${told.refused}`, fix)];
    }
    const stored = 'body' in told ? ism.readPolicy(told.body) : undefined;
    const judged = judgePolicy({
      name,
      wanted: wanted && ism.policyBody(wanted).policy,
      found: stored?.policy,
      isOurs: stored !== undefined && ism.isOurPolicy(stored),
      indices: 'body' in explained ? ism.readExplain(explained.body) : [],
    });
    return [judged, ...(wanted ? strange(await strangers(parts, signal)) : [])];
  },
});

/** The shortest life that any policy on our indices gives them. */
const livesFor = async ({ config, client }: Parts, signal: AbortSignal) => {
  const explained = await tell(client, ism.explainRequest([datedWildcard(config.index)]), signal);
  const indices = 'body' in explained ? ism.readExplain(explained.body) : [];
  const names = [...new Set(indices.flatMap(({ policy }) => (policy === undefined ? [] : [policy])))];
  const lives = await Promise.all(
    names.slice(0, MOST_POLICIES).map(async (name) => {
      const told = await tell(client, ism.policyRequest(name), signal);
      const ms = 'body' in told ? deletionAgeMs(ism.readPolicy(told.body)?.policy) : undefined;
      return ms === undefined ? [] : [{ ms, by: `ISM policy "${name}"` }];
    }),
  );
  return lives.flat();
};

const window = (parts: Parts): Check => ({
  name: 'index-window',
  async ask(signal) {
    const { config } = parts;
    const { retentionMs, warmAfterMs } = config.opensearch;
    const configured = retentionMs === undefined ? [] : [{ ms: retentionMs, by: 'opensearch.retention' }];
    const installed = isServerless(config) ? [] : await livesFor(parts, signal);
    const [shortest] = [...configured, ...installed].toSorted((a, b) => a.ms - b.ms);
    const period = periodOf(config.index)?.mostMs ?? Number.POSITIVE_INFINITY;
    return [judgeWindow({ pastMs: config.indexWindow.pastMs, periodMs: period, retention: shortest, warmAfterMs })];
  },
});

/** How long indices live, and how late events may come. */
export const retentionChecks = (parts: Parts): readonly Check[] =>
  isServerless(parts.config) ? [window(parts)] : [retention(parts), window(parts)];
