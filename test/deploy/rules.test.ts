import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { dashboardFiles } from '../../scripts/dashboards/all.ts';
import { CHECKS } from '../../src/doctor/finding.ts';
import { shippedDashboards, shippedRules, textOf } from '../support/monitoring.ts';
import { spokenOf } from '../support/promql.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shardline-rules-'));
const alerts = shippedRules().flatMap((rule) => (rule.alert ? [{ ...rule, alert: rule.alert }] : []));
const scenarios = readdirSync(join(root, 'test/deploy/rules')).sort();

/** Rejects with what promtool says when it finds anything. */
const run = async (...args: string[]) =>
  (await promisify(execFile)(inject('tools').promtool, args, { cwd: root })).stdout;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const scenario = z.object({
  tests: z.array(
    z.object({
      input_series: z.array(z.object({ series: z.string() })),
      promql_expr_test: z
        .array(z.object({ expr: z.string(), exp_samples: z.array(z.object({ labels: z.string() })) }))
        .default([]),
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })).default([]),
    }),
  ),
});
const testsOf = (name: string) => scenario.parse(parse(textOf(`test/deploy/rules/${name}`))).tests;

describe('the rules', () => {
  it('are what Prometheus takes', async () => {
    expect(await run('check', 'rules', '--lint=all', '--lint-fatal', 'monitoring/rules.yml')).toContain('SUCCESS');
  });

  it.each(scenarios)('fire when they should, and only then: %s', async (name) => {
    expect(await run('test', 'rules', `test/deploy/rules/${name}`)).toContain('SUCCESS');
  });

  it('are each seen firing, and each fed in the hour without an alert', () => {
    const fired = scenarios.flatMap(testsOf).flatMap(({ promql_expr_test: queries, alert_rule_test: asked }) => [
      ...queries
        .filter(({ expr }) => expr.includes('alertstate="firing"') || expr.includes('alertname='))
        .filter(({ expr }) => !expr.includes('pending'))
        .flatMap(({ exp_samples: samples }) => samples.map(({ labels }) => /alertname="(\w+)"/.exec(labels)?.[1])),
      ...asked.filter(({ exp_alerts: expected }) => expected.length > 0).map(({ alertname }) => alertname),
    ]);
    const fed = testsOf('healthy-hour.yml').flatMap(({ input_series: all }) =>
      all.map(({ series }) => series.split('{')[0]),
    );
    fed.push(...shippedRules().flatMap(({ record }) => record ?? []));
    for (const { alert, expr } of alerts) {
      expect(fired).toContain(alert);
      for (const { metric } of spokenOf(expr).metrics) expect(fed, alert).toContain(metric);
    }
  });

  it('say how bad it is and what it is, and have a page each that says what to do', () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(labels?.severity, alert).toMatch(/^(critical|warning)$/);
      expect(annotations?.runbook_url).toBe(`docs/runbooks/${alert}.md`);
      expect(Object.keys(annotations ?? {}).sort()).toEqual(['description', 'runbook_url', 'summary']);
      const page = textOf(`docs/runbooks/${alert}.md`);
      expect(page.split('\n')[0]).toBe(`# ${alert}`);
      expect(page).toContain(`Severity: ${labels?.severity}`);
      expect(page.match(/^## .*$/gm), alert).toEqual([
        '## What it means',
        '## How to see it',
        '## What to do',
        '## How it ends',
      ]);
    }
  });

  it('name probes, checks and pages that are there', () => {
    const probes = ['app/probes', 'app/archive', 'lease/board', 'dead-letter/probe', 'sink/opensearch/probe']
      .concat('source/kinesis/probe')
      .map((name) => textOf(`src/${name}.ts`))
      .join('\n');
    for (const { alert } of alerts) {
      const page = textOf(`docs/runbooks/${alert}.md`);
      const named = (begin: RegExp) =>
        [...(begin.exec(page)?.[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name);
      expect(page, alert).toMatch(/`\/readyz`/);
      expect(page, alert).toMatch(/status page/i);
      for (const name of named(/`\/readyz`(.*)$/m)) expect(probes, alert).toContain(`name: '${name}'`);
      const checks = named(/^- `shardline doctor`(.*)$/m);
      expect(checks.length, alert).toBeGreaterThan(0);
      for (const name of checks) expect(CHECKS, alert).toContain(name);
      for (const [, path = ''] of page.matchAll(/\]\(([^)#]+)/g))
        expect(existsSync(join(root, 'docs/runbooks', path)), `${alert}: ${path}`).toBe(true);
    }
  });

  it('have no pages without a rule, and are listed with the metrics', () => {
    const pages = readdirSync(join(root, 'docs/runbooks'));
    const names = alerts.map(({ alert }) => alert);
    expect(pages.sort()).toEqual(names.map((alert) => `${alert}.md`).sort());
    const listed = [...textOf('docs/metrics.md').matchAll(/^\| \[(\w+)\]\(runbooks\/\1\.md\) \| (\w+) \|/gm)];
    expect(listed.map(([, alert, severity]) => [alert, severity])).toEqual(
      alerts.map(({ alert, labels }) => [alert, labels?.severity]),
    );
  });
});

describe('the dashboards', () => {
  it('are those of scripts/dashboards (else run: node scripts/generate.mjs)', () => {
    const files = dashboardFiles();
    expect(readdirSync(join(root, 'monitoring/grafana')).sort()).toEqual([...files.keys()].sort());
    for (const [name, text] of files) expect(textOf(`monitoring/grafana/${name}`) === text, name).toBe(true);
  });

  it('keep their addresses, and ask for their data source', () => {
    const all = shippedDashboards();
    expect(all.map(({ uid }) => uid)).toEqual(
      ['fleet', 'overview', 'shards', 'sink'].map((name) => `shardline-${name}`),
    );
    for (const { name, templating } of all) {
      expect(templating.list[0]).toMatchObject({ name: 'datasource', type: 'datasource', query: 'prometheus' });
      const sources = [...textOf(`monitoring/grafana/${name}`).matchAll(/"type": "prometheus",\s+"uid": "(.*)"/g)];
      expect(sources.length).toBeGreaterThan(0);
      expect(new Set(sources.map(([, uid]) => uid))).toEqual(new Set(['$' + '{datasource}']));
    }
  });

  it('ask what Prometheus understands', async () => {
    const queries = shippedDashboards().flatMap(({ panels }) => panels.flatMap(({ targets }) => targets));
    const rules = queries.map(({ expr }, i) => ({
      record: `dashboard:query_${i}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    const file = join(folder, 'queries.json');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules }] }));
    expect(await run('check', 'rules', file)).toContain(`${queries.length} rules found`);
  });
});
