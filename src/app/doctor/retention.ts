import type { Config } from '../../config/tree.ts';
import { formatDuration } from '../../config/units.ts';
import type { Transform } from '../../core/message.ts';
import type { Check } from '../../doctor/examine.ts';
import { type Finding, fail, warn } from '../../doctor/finding.ts';
import { deletionAgeMs, judgePolicy, judgeWindow } from '../../doctor/retention.ts';
import { indexWildcards, periodOf } from '../../sink/index-pattern.ts';
import type { OpenSearchClient } from '../../sink/opensearch/client.ts';
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
    // Not the index of what lies outside the window: it knows no days, and would go as a whole.
    indexPatterns: indexWildcards(index, undefined),
    deleteAfter: age(retentionMs),
    warmAfter: age(warmAfterMs),
  };
};

/** Indices without days whose names the pattern covers live no longer than the days do. */
const strays = ({ config, transform }: Parts): readonly Finding[] => {
  const named = [config.indexWindow.outside.index, ...(transform.indices ?? [])].filter((name) => name !== undefined);
  return named
    .filter((name) => indexWildcards(config.index, name).length === 1)
    .map((name) => {
      const text = `the policy covers ${name} too, by its name: it would be deleted as a whole`;
      return warn('opensearch-retention', text, 'give it a name that does not begin like the daily indices');
    });
};

const retention = (parts: Parts): Check => ({
  name: 'opensearch-retention',
  async ask(signal) {
    const { config, client } = parts;
    const wanted = policyOf(config);
    const name = config.application.toLowerCase();
    const [told, explained] = await Promise.all([
      tell(client, ism.policyRequest(name), signal),
      tell(client, ism.explainRequest(indexWildcards(config.index, undefined)), signal),
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
    return [judged, ...(wanted ? strays(parts) : [])];
  },
});

/** The shortest life that any policy on our indices gives them. */
const livesFor = async ({ config, client }: Parts, signal: AbortSignal) => {
  const explained = await tell(client, ism.explainRequest(indexWildcards(config.index, undefined)), signal);
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
