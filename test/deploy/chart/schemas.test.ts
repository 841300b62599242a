import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type IScaledObject, ScaledObject } from '@kubernetes-models/keda/keda.sh/v1alpha1/ScaledObject';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import {
  type IServiceMonitor,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { parse } from 'yaml';
import { KUBERNETES, type Manifest, refusal, render } from '../../support/chart/helm.ts';
import { writeSchemas } from '../../support/chart/kubernetes-schemas.ts';
import { PLAIN, VALUES, valuesOf } from '../../support/chart/values.ts';
import { textOf } from '../../support/monitoring.ts';

const folder = mkdtempSync(join(tmpdir(), 'shardline-schemas-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Kinds that operators bring: they are held against the operators' own types below. */
const OPERATORS = ['ServiceMonitor', 'PrometheusRule', 'ScaledObject'];
const KINDS = [
  ...['configmap-v1', 'service-v1', 'serviceaccount-v1', 'deployment-apps-v1', 'poddisruptionbudget-policy-v1'],
  ...['networkpolicy-networking-v1', 'horizontalpodautoscaler-autoscaling-v2'],
];

/** Rejects with what kubeconform finds wrong. */
const kubeconform = async (version: string, manifests: readonly Manifest[], name: string) => {
  const location = writeSchemas(inject('tools').kubernetesSchemas, version, KINDS, folder);
  const file = join(folder, `${version}-${name}.json`);
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }));
  const args = ['-strict', '-summary', '-kubernetes-version', version, '-schema-location', location, file];
  return (await promisify(execFile)(inject('tools').kubeconform, args)).stdout;
};

describe('what the chart makes', () => {
  it.each(KUBERNETES)('is what Kubernetes %s accepts, for every set of values', async (version) => {
    const sets = await Promise.all(Object.values(VALUES).map((values) => render(values, version)));
    const all = sets.flatMap((set) => set.all).filter(({ kind }) => !OPERATORS.includes(kind));
    expect(new Set(all.map(({ kind }) => kind)).size).toBe(KINDS.length);
    expect(await kubeconform(version, all, 'all')).toContain(`Valid: ${all.length}, Invalid: 0, Errors: 0, Skipped: 0`);
  });

  it('is refused by that check where it is wrong', async () => {
    const deployment = (await render(PLAIN)).the('Deployment');
    const wrong = { ...deployment, spec: { ...Object(deployment.spec), replica: 3 } };
    await expect(kubeconform('1.37.0', [wrong], 'wrong')).rejects.toMatchObject({
      stdout: expect.stringContaining("additional properties 'replica' not allowed"),
    });
  });

  it('is not made for a Kubernetes that is too old for it', async () => {
    expect(await refusal(PLAIN, '1.26.15')).toContain('requires kubeVersion: >=1.27.0-0');
  });
});

// The operators' types say which keys there are (the compiler looks at these literals), their validators the rest.
describe('what the chart makes for operators', () => {
  const labels = {
    'app.kubernetes.io/name': 'shardline',
    'app.kubernetes.io/instance': 'music',
    'app.kubernetes.io/managed-by': 'Helm',
    team: 'music',
  };
  const everything = () => render(valuesOf('everything on'));

  it('is a ServiceMonitor', async () => {
    const made = (await everything()).the('ServiceMonitor');
    const expected: IServiceMonitor = {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: {
        name: 'music-shardline',
        namespace: 'events',
        labels: expect.objectContaining({ ...labels, release: 'prometheus' }),
      },
      spec: {
        selector: { matchLabels: { 'app.kubernetes.io/name': 'shardline', 'app.kubernetes.io/instance': 'music' } },
        namespaceSelector: { matchNames: ['events'] },
        endpoints: [{ port: 'http', path: '/metrics', interval: '30s' }],
      },
    };
    expect(made).toEqual(expected);
    new ServiceMonitor(Object(made)).validate();
    expect(() => new ServiceMonitor(Object({ ...made, spec: { endpoints: [] } })).validate()).toThrow('selector');
  });

  it('is a ScaledObject on the largest number of workers that any worker of the release asks for', async () => {
    const made = (await everything()).the('ScaledObject');
    const expected: IScaledObject = {
      apiVersion: 'keda.sh/v1alpha1',
      kind: 'ScaledObject',
      metadata: { name: 'music-shardline', namespace: 'events', labels: expect.objectContaining(labels) },
      spec: {
        scaleTargetRef: { name: 'music-shardline' },
        minReplicaCount: 1,
        maxReplicaCount: 16,
        pollingInterval: 30,
        advanced: {
          horizontalPodAutoscalerConfig: {
            behavior: {
              scaleUp: {
                stabilizationWindowSeconds: 0,
                policies: [
                  { type: 'Percent', value: 100, periodSeconds: 60 },
                  { type: 'Pods', value: 4, periodSeconds: 60 },
                ],
              },
              scaleDown: {
                stabilizationWindowSeconds: 120,
                policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }],
              },
            },
          },
        },
        triggers: [
          {
            type: 'prometheus',
            metricType: 'AverageValue',
            metadata: {
              serverAddress: 'http://prometheus:9090',
              query: 'max(shardline_desired_workers{namespace="events",job="music-shardline"})',
              threshold: '1',
              ignoreNullValues: 'false',
            },
            authenticationRef: { name: 'auth' },
          },
        ],
      },
    };
    expect(made).toEqual(expected);
    new ScaledObject(Object(made)).validate();
    expect(() => new ScaledObject(Object({ ...made, spec: { triggers: [] } })).validate()).toThrow('scaleTargetRef');
  });

  it('is a PrometheusRule with the rules of monitoring/, their runbooks where one can open them', async () => {
    const made = (await everything()).the('PrometheusRule');
    const prefixed = textOf('monitoring/rules.yml').replaceAll(
      'runbook_url: docs/',
      'runbook_url: https://git.example.com/main/docs/',
    );
    expect(made.spec).toEqual(parse(prefixed));
    new PrometheusRule(Object(made)).validate();
    expect(() => new PrometheusRule(Object({ ...made, spec: { groups: [{}] } })).validate()).toThrow('name');
  });
});
