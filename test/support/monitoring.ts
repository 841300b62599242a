import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const rule = z.object({
  alert: z.string().optional(),
  record: z.string().optional(),
  expr: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const rules = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(rule) })) });

const panel = z.object({
  title: z.string(),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })),
});
const dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.number(),
  templating: z.object({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
  panels: z.array(panel),
});

export type Rule = z.infer<typeof rule>;

const root = new URL('../../', import.meta.url);
export const textOf = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The rules that are shipped, in their order. */
export const shippedRules = (path = 'monitoring/rules.yml'): readonly Rule[] =>
  rules.parse(parse(textOf(path))).groups.flatMap((group) => group.rules);

/** The dashboards that are shipped. */
export const shippedDashboards = () =>
  readdirSync(new URL('monitoring/grafana', root)).map((name) => ({
    name,
    ...dashboard.parse(JSON.parse(textOf(`monitoring/grafana/${name}`))),
  }));
