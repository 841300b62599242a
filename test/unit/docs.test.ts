import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chartFiles } from '../../scripts/chart/files.ts';
import { eventSchema, verdicts } from '../../scripts/spark-definitions.ts';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { TARGET_KINDS } from '../../src/config/letter-target.ts';
import { withTable } from '../../src/config/table.ts';
import { ERROR_CODES } from '../../src/core/errors.ts';
import { REASONS } from '../../src/core/reasons.ts';
import { envelope, POINTER_MOST_BYTES, pointer } from '../../src/dead-letter/envelope.ts';
import { MOST as FIREHOSE_MOST } from '../../src/dead-letter/firehose/wire.ts';
import { MOST as SQS_MOST } from '../../src/dead-letter/sqs/wire.ts';
import { CHECKS } from '../../src/doctor/finding.ts';
import { LEASE_EVENTS } from '../../src/lease/observe.ts';
import { MANAGED_REASONS } from '../../src/managed/reasons.ts';
import { EMF_METRICS } from '../../src/telemetry/emf-metrics.ts';
import { everyMetric } from '../support/every-metric.ts';
import { letter } from '../support/letter.ts';

const page = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

/** What the first column of a page's tables holds as code. */
const listed = (name: string): string[] => [...page(name).matchAll(/^\| `([^`]+)` \|/gm)].map(([, code = '']) => code);

describe('the documentation', () => {
  it('explains every error code and no other', () => {
    expect(listed('docs/errors.md').sort()).toEqual([...ERROR_CODES].sort());
  });

  it('explains every reason of a dead letter and no other', () => {
    expect(listed('docs/dead-letters.md').sort()).toEqual([...REASONS].sort());
  });

  it('explains every reason that only the managed variant has and no other', () => {
    expect(listed('docs/managed.md').sort()).toEqual([...MANAGED_REASONS].sort());
  });

  it('explains every check of the doctor and no other, in their order', () => {
    expect(listed('docs/doctor.md')).toEqual([...CHECKS]);
  });

  it('has a page for each promise, which names tests that are there', () => {
    const pages = readdirSync(new URL('../../docs/promises', import.meta.url)).sort();
    expect(pages).toEqual(['P1.md', 'P2.md', 'P3.md', 'P4.md', 'P5.md', 'P6.md']);
    for (const name of pages) {
      const text = page(`docs/promises/${name}`);
      expect(text.match(/^## .*$/gm)).toEqual([
        '## How it is kept',
        '## Its edges',
        '## Which tests break when it is not',
      ]);
      const tests = [...text.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path);
      expect(tests).not.toEqual([]);
      for (const path of tests) expect(existsSync(new URL(`../../${path}`, import.meta.url)), path).toBe(true);
    }
  });

  const section = (name: string, heading: string): string =>
    page(name)
      .split(new RegExp(`^## ${heading}$`, 'm'))[1]
      ?.split(/^## /m)[0] ?? '';

  it('explains every field of a dead letter and no other', () => {
    const past = { reason: 'decode-json', message: 'm', writtenAt: 'w', redrivenAt: 'r' };
    const one = letter(1, { document: '{}', index: 'i', answer: 'no', history: [past] });
    const whole = JSON.parse(envelope(one, 'app', new Date(0)));
    const fields = new Set(Object.keys({ ...whole, ...JSON.parse(pointer(one, 'app', new Date(0), 's3://b/k')) }));
    const table = section('docs/dead-letters.md', 'The envelope').matchAll(/^\| ([a-z_, ]+) \|/gm);
    const rows = [...table].flatMap(([, names = '']) => names.split(', '));
    expect(rows.filter((name) => name !== 'field').sort()).toEqual([...fields].sort());
  });

  it('lists every target of dead letters with its limits', () => {
    const targets = section('docs/dead-letters.md', 'The targets');
    const rows = [...targets.matchAll(/^\| ([a-z0-9]+) \| (?!`dead_letter.to`)/gm)].map(([, kind = '']) => kind);
    expect(rows).toEqual(TARGET_KINDS);
    const limits = (kind: string) => targets.match(new RegExp(`^\\| ${kind} .*$`, 'm'))?.[0];
    expect(limits('sqs')).toContain(`at most ${SQS_MOST.letterBytes / 1_048_576} MiB;`);
    expect(limits('sqs')).toContain(
      `| ${SQS_MOST.requestLetters} messages, ${SQS_MOST.requestBytes / 1_048_576} MiB |`,
    );
    expect(limits('firehose')).toContain(`| ${FIREHOSE_MOST.letterBytes.toLocaleString('en')} bytes;`);
    expect(limits('firehose')).toContain(
      `| ${FIREHOSE_MOST.requestLetters} records, ${FIREHOSE_MOST.requestBytes.toLocaleString('en')} bytes |`,
    );
    expect(targets).toContain(`at least ${POINTER_MOST_BYTES / 1_024} KiB`);
  });

  /** The requests that these files of the dead-letter room make. */
  const requestsOf = (names: readonly string[]): readonly string[] => {
    const text = names.map((name) => page(`src/dead-letter/${name}.ts`)).join('\n');
    return [...text.matchAll(/new (\w+)Command\(/g)].map(([, name = '']) => name).sort();
  };

  it('names the right that each request to a target of dead letters needs', () => {
    const rights: Readonly<Record<string, string>> = {
      SendMessageBatch: 'sqs:SendMessage',
      GetQueueAttributes: 'sqs:GetQueueAttributes',
      PutObject: 's3:PutObject',
      HeadBucket: 's3:ListBucket',
      PutRecordBatch: 'firehose:PutRecordBatch',
      DescribeDeliveryStream: 'firehose:DescribeDeliveryStream',
    };
    expect(requestsOf(['sqs/wire', 's3/store', 'firehose/wire'])).toEqual(Object.keys(rights).sort());
    // The doctor asks for nothing that a worker does not need.
    for (const name of requestsOf(['sqs/attributes', 's3/rights'])) expect(Object.keys(rights)).toContain(name);
    const targets = section('docs/dead-letters.md', 'The targets');
    for (const right of Object.values(rights)) expect(targets).toContain(`\`${right}\``);
  });

  it('names the right that each request of a redrive needs', () => {
    const rights: Readonly<Record<string, string>> = {
      ListObjectsV2: 's3:ListBucket',
      GetObject: 's3:GetObject',
      PutObject: 's3:PutObject',
      DeleteObjects: 's3:DeleteObject',
      ReceiveMessage: 'sqs:ReceiveMessage',
      DeleteMessageBatch: 'sqs:DeleteMessage',
      GetQueueAttributes: 'sqs:GetQueueAttributes',
    };
    expect(requestsOf(['s3/bucket', 'sqs/queue'])).toEqual(Object.keys(rights).sort());
    const text = section('docs/redrive.md', 'Rights');
    for (const right of Object.values(rights)) expect(text).toContain(`\`${right}\``);
  });

  it('lists every metric with its type and labels, and no other', async () => {
    const text = await everyMetric();
    const rows = [...text.matchAll(/^# TYPE (shardline_\w+) (\w+)$/gm)].map(([, name = '', type]) => {
      const labels = new RegExp(`^${name}\\{(.*)\\} `, 'm').exec(text)?.[1] ?? '';
      const names = type === 'histogram' ? [] : [...labels.matchAll(/(\w+)="/g)].map(([, label]) => `\`${label}\``);
      return `| \`${name}\` | ${type} | ${names.length > 0 ? `${names.join(', ')} ` : ''}|`;
    });
    const documented = page('docs/metrics.md').match(/^\| `shardline_\w+` \| \w+ \| (?:[^|]+)?\|/gm);
    expect(documented?.sort()).toEqual(rows.sort());
  });

  it('lists every metric that CloudWatch gets, with its unit and source, in their order', () => {
    const table = section('docs/metrics.md', 'In CloudWatch').matchAll(
      /^\| `(\w+)` \| (\w+) \| (\w+) \| `(\w+)`(.*)$/gm,
    );
    const rows = [...table].map(([, name, unit, statistic, from, rest = '']) => {
      return { name, unit, from, isSum: statistic === 'Sum', of: /of `(\w+)`/.exec(rest)?.[1] };
    });
    expect(rows).toEqual(
      EMF_METRICS.map(({ name, unit, from, as, of }) => ({ name, unit, from, isSum: as === 'delta', of })),
    );
  });

  it('names every event of a lease that the metrics count', () => {
    const row = page('docs/metrics.md').match(/^\| `shardline_lease_events_total`.*$/m)?.[0] ?? '';
    for (const event of LEASE_EVENTS) expect(row).toContain(event);
  });

  it('is followed by the chart: schema, table of values, rules, dashboards, version (else run: node scripts/generate.mjs)', () => {
    for (const [path, text] of chartFiles(page)) expect(page(path), path).toBe(text);
    const copied = readdirSync(new URL('../../helm/shardline/files/dashboards', import.meta.url));
    expect(copied.sort()).toEqual(readdirSync(new URL('../../monitoring/grafana', import.meta.url)).sort());
  });

  it('has the configuration table of the schema (else run: node scripts/generate.mjs)', () => {
    expect(page('README.md')).toBe(withTable(page('README.md')));
  });

  it('publishes the JSON Schema of the schema (else run: node scripts/generate.mjs)', () => {
    expect(JSON.parse(page('shardline.schema.json'))).toEqual(jsonSchema());
  });

  it.each([
    ['events.schema.json', eventSchema()],
    ['verdicts.json', verdicts()],
  ])('gives the Spark jobs %s of its own definitions (else run: node scripts/generate.mjs)', (name, made) => {
    expect(JSON.parse(page(`streaming-jobs/shardline_jobs/${name}`))).toEqual(JSON.parse(JSON.stringify(made)));
  });
});
