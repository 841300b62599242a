import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { shippedRules, textOf } from '../support/monitoring.ts';
import { spokenOf } from '../support/promql.ts';

const RULES = 'monitoring/spark-rules.yml';
const PAGE = 'docs/spark-jobs.md';
const root = fileURLToPath(new URL('../..', import.meta.url));
const scenarios = readdirSync(new URL('spark-rules', import.meta.url)).sort();
const rules = shippedRules(RULES);
const page = textOf(PAGE);
const table = z
  .object({
    labels: z.array(z.string()),
    metrics: z.array(z.object({ name: z.string(), type: z.string(), labels: z.array(z.string()) })),
  })
  .parse(JSON.parse(textOf('streaming-jobs/shardline_jobs/metrics.json')));

/** The series that a driver gives, with their labels: those that Prometheus adds too. */
const series = new Map(
  table.metrics.flatMap(({ name, type, labels }) => {
    const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((part) => `${name}${part}`) : [name];
    return names.map((each) => [each, ['namespace', 'job', 'instance', ...table.labels, ...labels]] as const);
  }),
);

/** Rejects with what promtool says when it finds anything. */
const promtool = async (...args: string[]) =>
  (await promisify(execFile)(inject('tools').promtool, args, { cwd: root })).stdout;

describe('the rules for Spark jobs', () => {
  it('are what Prometheus takes', async () => {
    expect(await promtool('check', 'rules', '--lint=all', '--lint-fatal', RULES)).toContain('SUCCESS');
  });

  it.each(scenarios)('fire when they should, and only then: %s', async (name) => {
    expect(await promtool('test', 'rules', `test/deploy/spark-rules/${name}`)).toContain('SUCCESS');
  });

  it('are each seen firing', () => {
    const fired = textOf('test/deploy/spark-rules/alerts.yml').matchAll(/labels: '.*alertname="(\w+)"/g);
    expect(new Set([...fired].map(([, alert]) => alert))).toEqual(new Set(rules.map(({ alert }) => alert)));
  });

  it('name metrics and labels that the jobs have, as the scenarios do', () => {
    const played = scenarios.flatMap((name) => {
      const told = textOf(`test/deploy/spark-rules/${name}`).matchAll(/series: '(\w+)\{(.*)\}'/g);
      return [...told].map(([, metric = '', labels = '']) => ({
        metric,
        labels: [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label),
      }));
    });
    expect(played.length).toBeGreaterThan(20);
    for (const { metric, labels } of [...played, ...rules.flatMap(({ expr }) => spokenOf(expr).metrics)])
      for (const label of labels) expect(series.get(metric) ?? [], metric).toContain(label);
    for (const { expr, annotations, alert } of rules) {
      const { metrics, grouping } = spokenOf(expr);
      for (const { metric } of metrics) expect([...series.keys()], alert).toContain(metric);
      for (const { metric } of metrics)
        for (const label of grouping) expect(series.get(metric), alert).toContain(label);
      for (const [, label] of JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g))
        expect(grouping).toContain(label);
    }
  });

  it('each have a part of the page, which says how bad it is', () => {
    const parts = [...page.matchAll(/^### (ShardlineSpark\w+)\n\nSeverity: (\w+)\. /gm)];
    expect(parts.map(([, alert, severity]) => [alert, severity])).toEqual(
      rules.map(({ alert, labels }) => [alert, labels?.severity]),
    );
    for (const { alert, annotations } of rules)
      expect(annotations?.runbook_url).toBe(`${PAGE}#${alert?.toLowerCase()}`);
  });

  it('has a page that names metrics that there are', () => {
    for (const [name] of page.matchAll(/(?<=`)shardline_spark_\w+/g))
      expect(table.metrics.map((metric) => metric.name)).toContain(name);
  });
});
