import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EMF_METRICS } from '../../src/telemetry/emf-metrics.ts';
import { LABELS, type Label } from './support/environments.ts';
import { everyTemplate, resourcesOf } from './support/templates.ts';

const root = new URL('../../', import.meta.url);

interface Named {
  readonly Namespace?: string;
  readonly MetricName?: string;
}

interface AlarmProperties extends Named {
  readonly AlarmName: string;
  readonly AlarmDescription: string;
  readonly AlarmActions: readonly unknown[];
  readonly OKActions?: readonly unknown[];
  readonly TreatMissingData: string;
  readonly Threshold: number;
  readonly EvaluationPeriods: number;
  readonly ComparisonOperator: string;
  readonly Metrics?: readonly { readonly Expression?: string; readonly MetricStat?: { readonly Metric: Named } }[];
}

const alarmsOf = (label: Label): readonly AlarmProperties[] =>
  everyTemplate()
    .filter((template) => template.label === label && template.stack === 'observability')
    .flatMap(({ resources }) => Object.values(resources).filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm'))
    .map(({ Properties }) => Properties as unknown as AlarmProperties);

const namesOf = (label: Label): string[] =>
  alarmsOf(label).map(({ AlarmName }) => AlarmName.replace(/^shardline-[a-z]+-/, ''));
const alarm = (label: Label, name: string) => alarmsOf(label).find(({ AlarmName }) => AlarmName.endsWith(`-${name}`));

const LETTERS = ['letters-waiting', 'letters-old', 'letters-failed'];
const ARCHIVE = ['archive-delivery', 'archive-freshness'];
const JOBS = ['job-trending-stuck', 'job-trending-behind', 'jobs-running', 'jobs-failed'];
const WORKERS = [
  'lag',
  'no-progress',
  'no-workers',
  'shards-unowned',
  'retention',
  'dead-letters',
  'refused',
  'sick-indices',
];

describe('alarms', () => {
  it('are those of what the environment has', () => {
    expect(namesOf('ecs')).toEqual([...WORKERS, ...LETTERS, ...ARCHIVE]);
    expect(namesOf('eks')).toEqual([...WORKERS, ...LETTERS, ...ARCHIVE]);
    expect(namesOf('dev')).toEqual([...LETTERS, ...ARCHIVE]);
    expect(namesOf('provisioned')).toEqual([...WORKERS, ...LETTERS, ...JOBS]);
    const delivery = [
      'managed-delivery',
      'managed-freshness',
      'transform-errors',
      'transform-duration',
      'transform-failed',
    ];
    expect(namesOf('managed')).toEqual([...LETTERS, ...ARCHIVE, ...delivery]);
  });

  it('tell the topic of their beginning and their end', () => {
    for (const label of LABELS)
      for (const { AlarmName, AlarmActions, OKActions } of alarmsOf(label)) {
        expect(AlarmActions, AlarmName).toHaveLength(1);
        expect(OKActions, AlarmName).toEqual(AlarmActions);
      }
    const [topic] = resourcesOf('ecs', 'AWS::SNS::Subscription');
    expect(topic?.Properties).toMatchObject({ Protocol: 'email', Endpoint: 'ops@example.com' });
    expect(resourcesOf('dev', 'AWS::SNS::Subscription')).toEqual([]);
  });

  it('name pages that are there', () => {
    for (const label of LABELS)
      for (const { AlarmName, AlarmDescription } of alarmsOf(label)) {
        const pages = AlarmDescription.match(/docs\/[\w/-]+\.md/g) ?? [];
        expect(pages, AlarmName).not.toEqual([]);
        for (const page of pages) expect(existsSync(new URL(page, root)), `${AlarmName}: ${page}`).toBe(true);
      }
  });

  it('and the dashboard name metrics that the workers write', () => {
    const known = EMF_METRICS.map(({ name }) => name);
    const asked = alarmsOf('ecs').flatMap(({ Metrics = [], ...one }) => [
      one as Named,
      ...Metrics.flatMap(({ MetricStat }) => (MetricStat ? [MetricStat.Metric] : [])),
    ]);
    const ours = asked.flatMap(({ Namespace, MetricName }) => (Namespace === 'Shardline' ? [MetricName] : []));
    expect(ours.length).toBeGreaterThan(7);
    for (const name of ours) expect(known).toContain(name);
    const [dashboard] = resourcesOf('ecs', 'AWS::CloudWatch::Dashboard');
    const shown = [...JSON.stringify(dashboard).matchAll(/\\+"Shardline\\+",\\+"(\w+)\\+"/g)].map(([, name]) => name);
    expect([...new Set(shown)].sort()).toEqual(
      known
        .filter((name) => !['RetentionRemaining', 'LeasesHeld', 'SickIndices'].includes(name))
        .concat('LeasesHeld')
        .sort(),
    );
    const [idle] = resourcesOf('dev', 'AWS::CloudWatch::Dashboard');
    expect(JSON.stringify(idle)).not.toContain('Shardline\\"');
  });

  it('are raised at the first letter that waits, and when one is half an hour old', () => {
    const first = { ComparisonOperator: 'GreaterThanOrEqualToThreshold', Threshold: 1, EvaluationPeriods: 1 };
    expect(alarm('dev', 'letters-waiting')).toMatchObject(first);
    expect(alarm('dev', 'letters-old')).toMatchObject({ Threshold: 1_800 });
    expect(alarm('ecs', 'dead-letters')).toMatchObject(first);
    // The very metric that the function's log is counted by, of this environment alone.
    expect(alarm('managed', 'transform-failed')).toMatchObject({
      ...first,
      Namespace: 'Shardline/Managed',
      MetricName: 'FailedRecords',
      Dimensions: [{ Name: 'application', Value: 'shardline-staging' }],
    });
  });

  it('are raised by silence only where silence is bad', () => {
    const missing = alarmsOf('ecs').filter(({ TreatMissingData }) => TreatMissingData !== 'notBreaching');
    expect(missing.map(({ AlarmName, TreatMissingData }) => [AlarmName, TreatMissingData])).toEqual([
      ['shardline-staging-no-workers', 'breaching'],
    ]);
    // And by workers that run and hold nothing, of whom there is no lag.
    expect(missing[0]).toMatchObject({ Threshold: 1, ComparisonOperator: 'LessThanThreshold' });
  });

  it('take the lag that the environment allows', () => {
    expect(alarm('ecs', 'lag')).toMatchObject({ Threshold: 600, EvaluationPeriods: 15 });
    expect(alarm('ecs', 'no-progress')?.Metrics?.map(({ Expression }) => Expression)).toContain(
      'IF(lag > 600 AND RATE(lag) > 0.9, 1, 0)',
    );
  });
});

describe('the topic', () => {
  it('takes alarms of this account, by TLS', () => {
    const [policy] = resourcesOf('ecs', 'AWS::SNS::TopicPolicy');
    expect(JSON.stringify(policy)).toContain('aws:SecureTransport');
    expect(JSON.stringify(policy)).toContain('"aws:SourceAccount":{"Ref":"AWS::AccountId"}');
  });
});
