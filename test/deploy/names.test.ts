import { beforeAll, describe, expect, it } from 'vitest';
import { everyMetric } from '../support/every-metric.ts';
import { type Rule, shippedDashboards, shippedRules, textOf } from '../support/monitoring.ts';
import { spokenOf } from '../support/promql.ts';

/** What Prometheus itself adds to what it scrapes. */
const SCRAPED = ['namespace', 'job', 'instance'];

/** Every metric that the code or a recording rule has, with its labels. */
const known = new Map<string, readonly string[]>();

/** What of a query, or of texts filled from its labels, nothing in the code has. */
const unknownIn = (query: string, filled: readonly string[] = []): string[] => {
  const { metrics, grouping } = spokenOf(query);
  const labelsOf = (metric: string) => [...SCRAPED, ...(known.get(metric) ?? [])];
  const all = metrics.flatMap(({ metric }) => labelsOf(metric));
  return [
    ...metrics.map(({ metric }) => metric).filter((metric) => !known.has(metric)),
    ...metrics.flatMap(({ metric, labels }) => labels.filter((label) => !labelsOf(metric).includes(label))),
    ...[...grouping, ...filled].filter((label) => !all.includes(label)),
  ];
};

/** The labels that a rule's result has. */
const labelsLeft = ({ expr }: Rule): readonly string[] => {
  const { metrics, grouping } = spokenOf(expr);
  return grouping.length > 0 ? grouping : [...SCRAPED, ...metrics.flatMap(({ metric }) => known.get(metric) ?? [])];
};

beforeAll(async () => {
  for (const [, name = '', labels = ''] of (await everyMetric()).matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm))
    known.set(
      name,
      [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
    );
  for (const { record, expr } of shippedRules()) if (record) known.set(record, spokenOf(expr).grouping);
});

describe('what rules and dashboards name', () => {
  it('is there in the code: every metric and label of the rules', () => {
    for (const rule of shippedRules()) {
      expect(unknownIn(rule.expr), rule.alert ?? rule.record).toEqual([]);
      const filled = [...JSON.stringify(rule.annotations ?? {}).matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
      for (const label of filled) expect(labelsLeft(rule), rule.alert).toContain(label);
    }
  });

  it('is there in the code: every metric and label of the dashboards', () => {
    for (const { name, panels } of shippedDashboards())
      for (const { title, targets } of panels)
        for (const { expr, legendFormat } of targets) {
          const filled = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
          expect(unknownIn(expr, filled), `${name}: ${title}`).toEqual([]);
        }
  });

  it('is there in the code: every metric of the runbooks', () => {
    for (const { alert } of shippedRules())
      if (alert)
        for (const [name] of textOf(`docs/runbooks/${alert}.md`).matchAll(/(?<=`)(shardline|process|nodejs)_\w+/g))
          expect(known.has(name), `${alert}: ${name}`).toBe(true);
  });

  it('is missed when it is not there', () => {
    expect(
      unknownIn('sum by (shard, colour) (rate(shardline_lag_seconds{shart="1"}[5m])) > 2 * shardline_gone'),
    ).toEqual(['shardline_gone', 'shart', 'colour']);
    expect(unknownIn('shardline_leases_held', ['reason'])).toEqual(['reason']);
    expect(unknownIn('shardline_delivery_latency_seconds')).toEqual(['shardline_delivery_latency_seconds']);
    expect(unknownIn('sum by (le) (shardline_delivery_latency_seconds_bucket)')).toEqual([]);
  });

  it('shows every metric of ours on some dashboard', () => {
    const shown = shippedDashboards().flatMap(({ panels }) => panels.flatMap(({ targets }) => targets));
    const named = new Set(shown.flatMap(({ expr }) => spokenOf(expr).metrics.map(({ metric }) => metric)));
    const ours = [...known.keys()].filter((name) => /^shardline_(?!.*_(sum|count|bucket)$)/.test(name));
    expect(ours.filter((name) => !named.has(name))).toEqual([]);
  });
});
