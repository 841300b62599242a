import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { chartValues } from '../../../scripts/chart/values.ts';
import { jsonSchema } from '../../../src/config/json-schema.ts';
import { checked } from '../../support/chart/checked.ts';
import { CHART, lint, render } from '../../support/chart/helm.ts';
import { PLAIN, VALUES, valuesOf } from '../../support/chart/values.ts';
import { textOf } from '../../support/monitoring.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'shardline-chart-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const schemaShape = z.object({ properties: z.record(z.string(), z.looseObject({})).optional() });
/** The paths of every key that a schema has, of the innermost ones only. */
const pathsOf = (schema: object, prefix = ''): readonly string[] =>
  Object.entries(schemaShape.parse(schema).properties ?? {}).flatMap(([name, inner]) => {
    const path = `${prefix}${name}`;
    const below = path === 'config' || prefix.startsWith('topology') ? [] : pathsOf(inner, `${path}.`);
    return below.length > 0 ? below : [path];
  });

describe('the files of the chart', () => {
  it('say what every value is', () => {
    const values = chartValues(textOf('helm/shardline/values.yaml'));
    const schema: unknown = JSON.parse(textOf('helm/shardline/values.schema.json'));
    const documented = values.map(({ path }) => path);
    const known = pathsOf(Object(schema)).filter((path) => path !== 'global');
    // A whole, such as resources.limits, is documented as one.
    const missing = known.filter((path) => !documented.some((each) => path === each || path.startsWith(`${each}.`)));
    expect(missing).toEqual([]);
  });

  it('begin with the defaults of the service', () => {
    const config = chartValues(textOf('helm/shardline/values.yaml')).filter(({ path }) => path.startsWith('config.'));
    expect(config.length).toBeGreaterThan(3);
    for (const { path, default: fallback } of config) {
      const [, ...parts] = path.split('.');
      const schema = parts.reduce<object>(
        (outer, name) => schemaShape.parse(outer).properties?.[name] ?? {},
        jsonSchema(),
      );
      expect(fallback, path).toBe(Object(schema).default);
    }
  });

  it('are clean YAML', async () => {
    const { command, args } = inject('tools').yamllint;
    const rules =
      '{extends: default, rules: {line-length: disable, document-start: disable, comments-indentation: disable}}';
    await run(command, [...args, '--strict', '-d', rules, join(CHART, 'Chart.yaml'), join(CHART, 'values.yaml')]);
  });

  it('say at the end what to do next', async () => {
    // helm shows the notes only to those who install into a cluster: here they are a template like others.
    const copy = join(folder, 'notes');
    cpSync(CHART, copy, { recursive: true });
    const notes = readFileSync(join(copy, 'templates/NOTES.txt'), 'utf8');
    rmSync(join(copy, 'templates'), { recursive: true });
    cpSync(join(CHART, 'templates/_helpers.tpl'), join(copy, 'templates/_helpers.tpl'));
    writeFileSync(join(copy, 'templates/_notes.tpl'), `{{ define "notes" }}${notes}{{ end }}`);
    const made = 'apiVersion: v1\nkind: Notes\nmetadata: { name: notes }\ntext: {{ include "notes" . | toJson }}\n';
    writeFileSync(join(copy, 'templates/notes.yaml'), made);
    const textWith = async (more: object) =>
      String((await render({ ...PLAIN, ...more }, '1.37.0', copy)).the('Notes').text);
    expect(await textWith({ replicas: 1 })).toMatch(
      /1 worker\(s\), 30 s to stop\..*-n events port-forward service\/music-shardline 8080:8080.*No role is named: the service account events\/music-shardline.*With one worker nobody/s,
    );
    const autoscaled = await textWith({
      autoscaling: { kind: 'hpa' },
      aws: { ...PLAIN.aws, roleArn: 'arn:aws:iam::123456789012:role/shardline' },
    });
    expect(autoscaled).toContain('1 to 4 workers (hpa)');
    expect(autoscaled).not.toMatch(/No role|With one/);
  });

  it('are packed whole', async () => {
    const { stdout } = await run(inject('tools').helm, ['package', CHART, '--destination', folder]);
    const packed = await render(valuesOf('everything on'), '1.37.0', stdout.trim().replace(/^.*: /, ''));
    expect(packed.text).toBe((await render(valuesOf('everything on'))).text);
  });
});

describe.each(Object.entries(VALUES))('with the values of %s', (_, values) => {
  it('the chart passes its lint', async () => {
    expect(await lint(values)).toContain('0 chart(s) failed');
  });

  it('the configuration is one that the service takes, and as it was given', async () => {
    const { config = {} } = z.object({ config: z.looseObject({}).optional() }).parse(values);
    const { notes, config: resolved } = await checked(await render(values));
    expect(notes).toBe('');
    expect(resolved).toMatchObject(config);
  });
});

it('gives the service its secrets as files', async () => {
  const made = await render(valuesOf('a cluster of its own, with password and certificates'));
  const secrets = '/etc/shardline/secrets';
  expect(parse(String(Object(made.the('ConfigMap').data)['shardline.yaml']))).toMatchObject({
    opensearch: {
      password_file: `${secrets}/opensearch-password/admin.password`,
      ca_file: `${secrets}/opensearch-tls/ca.crt`,
      cert_file: `${secrets}/opensearch-tls/tls.crt`,
      key_file: `${secrets}/opensearch-tls/tls.key`,
    },
  });
  expect(made.the('Deployment')).toMatchObject({
    spec: {
      template: {
        spec: {
          containers: [
            {
              volumeMounts: expect.arrayContaining([
                { name: 'opensearch-password', mountPath: `${secrets}/opensearch-password`, readOnly: true },
                { name: 'opensearch-tls', mountPath: `${secrets}/opensearch-tls`, readOnly: true },
              ]),
            },
          ],
          volumes: [
            { name: 'config' },
            { name: 'tmp' },
            { name: 'opensearch-password', secret: { secretName: 'opensearch', defaultMode: 0o440 } },
            { name: 'opensearch-tls', secret: { secretName: 'opensearch-tls', defaultMode: 0o440 } },
          ],
        },
      },
    },
  });
});
