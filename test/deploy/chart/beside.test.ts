import { describe, expect, it } from 'vitest';
import { render } from '../../support/chart/helm.ts';
import { PLAIN, valuesOf } from '../../support/chart/values.ts';

describe('what stands beside the Deployment', () => {
  it('is a Service that shows the page of workers that are not ready', async () => {
    expect((await render(PLAIN)).the('Service')).toMatchObject({
      spec: {
        type: 'ClusterIP',
        publishNotReadyAddresses: true,
        ports: [{ name: 'http', port: 8080, targetPort: 'http' }],
        selector: { 'app.kubernetes.io/name': 'shardline', 'app.kubernetes.io/instance': 'music' },
      },
    });
  });

  it('is a PodDisruptionBudget that lets workers go that are not ready', async () => {
    const made = (await render(PLAIN)).the('PodDisruptionBudget');
    expect(made).toMatchObject({ spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow' } });
  });

  it('is a service account of its own, with a role where one is named', async () => {
    const plain = (await render(PLAIN)).the('ServiceAccount');
    expect(plain).toMatchObject({ metadata: { name: 'music-shardline' }, automountServiceAccountToken: false });
    expect(plain.metadata).not.toHaveProperty('annotations');
    expect((await render(valuesOf('everything on'))).the('ServiceAccount')).toMatchObject({
      metadata: {
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/shardline', team: 'music' },
      },
    });
    const given = await render(valuesOf('configured by variables, on a platform that chooses the user'));
    expect(given.has('ServiceAccount')).toBe(false);
    expect(given.the('Deployment')).toMatchObject({
      spec: { template: { spec: { serviceAccountName: '67890' } } },
    });
  });

  it('is, without being asked, nothing that needs an operator', async () => {
    const kinds = (await render(PLAIN)).all.map(({ kind }) => kind).sort();
    expect(kinds).toEqual(
      ['ConfigMap', 'Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'ServiceAccount'].sort(),
    );
  });

  it('is an HPA that takes the metric for the number of workers, ready or not', async () => {
    expect(
      (await render(valuesOf('an autoscaler on an external metric'))).the('HorizontalPodAutoscaler'),
    ).toMatchObject({
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'music-shardline' },
        minReplicas: 2,
        maxReplicas: 8,
        metrics: [
          {
            type: 'External',
            external: {
              metric: {
                name: 'shardline_desired_workers',
                selector: { matchLabels: { namespace: 'events', job: 'music-shardline' } },
              },
              target: { type: 'AverageValue', averageValue: '1' },
            },
          },
        ],
        behavior: { scaleDown: { stabilizationWindowSeconds: 120 } },
      },
    });
  });

  it('is each dashboard in a ConfigMap', async () => {
    const made = (await render(valuesOf('everything on'))).all.filter(({ metadata }) =>
      metadata.name.startsWith('music-shardline-'),
    );
    expect(made.map(({ metadata }) => metadata.name)).toEqual(
      ['fleet', 'overview', 'shards', 'sink'].map((name) => `music-shardline-${name}`),
    );
    for (const { metadata } of made)
      expect(metadata).toMatchObject({
        labels: { grafana_dashboard: '1' },
        annotations: { grafana_folder: 'Shardline' },
      });
  });
});
