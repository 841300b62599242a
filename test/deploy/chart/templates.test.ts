import { describe, expect, it } from 'vitest';
import { render } from '../../support/chart/helm.ts';
import { PLAIN, VALUES } from '../../support/chart/values.ts';

const withConfig = (more: object) => ({ ...PLAIN, config: { ...PLAIN.config, ...more } });
const set = (name: string): object => {
  const values = VALUES[name];
  if (!values) throw new Error(`no set of values ${name}`);
  return values;
};
const podSpec = (spec: object) => ({ spec: { template: { spec } } });
const container = (more: object) => podSpec({ containers: [expect.objectContaining(more)] });

describe('the Deployment', () => {
  it('replaces one worker at a time by one more, and waits for an outage to end', async () => {
    const made = (await render(PLAIN)).the('Deployment');
    expect(made).toMatchObject({
      spec: {
        replicas: 2,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        minReadySeconds: 10,
        progressDeadlineSeconds: 3600,
      },
    });
  });

  it('asks nothing of others for its life, and readiness of those it was told to', async () => {
    const made = (await render(PLAIN)).the('Deployment');
    const probe = (path: string) => expect.objectContaining({ httpGet: { path, port: 'http' } });
    expect(made).toMatchObject(
      container({ startupProbe: probe('/livez'), livenessProbe: probe('/livez'), readinessProbe: probe('/readyz') }),
    );
    const other = (await render({ ...PLAIN, readiness: '/livez' })).the('Deployment');
    expect(other).toMatchObject(container({ readinessProbe: probe('/livez') }));
  });

  it('runs with no rights that the worker does not need', async () => {
    const made = (await render(PLAIN)).the('Deployment');
    expect(made).toMatchObject(
      podSpec({
        enableServiceLinks: false,
        automountServiceAccountToken: false,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65_532,
          runAsGroup: 65_532,
          fsGroup: 65_532,
          seccompProfile: { type: 'RuntimeDefault' },
        },
      }),
    );
    expect(made).toMatchObject(
      container({
        securityContext: {
          allowPrivilegeEscalation: false,
          privileged: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      }),
    );
    const platform = await render(set('configured by variables, on a platform that chooses the user'));
    expect(platform.the('Deployment')).toMatchObject(
      podSpec({ securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } }),
    );
    expect(platform.text).not.toContain('runAsUser');
  });

  it.each([
    ['25s', 30],
    ['250ms', 6],
    ['1500ms', 7],
    ['2m', 125],
    ['1h', 3605],
  ])('gives a stop of %s the grace of %i seconds', async (timeout, seconds) => {
    const made = (await render(withConfig({ shutdown_timeout: timeout }))).the('Deployment');
    expect(made).toMatchObject(podSpec({ terminationGracePeriodSeconds: seconds }));
  });

  it('may give a stop more grace', async () => {
    const made = (await render({ ...PLAIN, terminationGracePeriodSeconds: 120 })).the('Deployment');
    expect(made).toMatchObject(podSpec({ terminationGracePeriodSeconds: 120 }));
  });

  it.each([
    ['128MiB', '384Mi'],
    ['1GiB', '1280Mi'],
    ['20000KiB', '276Mi'],
    ['16777217B', '273Mi'],
  ])('has, with a budget of %s, the memory of %s', async (budget, memory) => {
    const made = (await render(withConfig({ memory: { budget }, decode_limit: '1MiB' }))).the('Deployment');
    expect(made).toMatchObject(container({ resources: { requests: { cpu: '250m', memory }, limits: { memory } } }));
  });

  it('takes the resources that it is given', async () => {
    const made = (await render(set('everything on'))).the('Deployment');
    const requests = { cpu: 2, 'ephemeral-storage': '128Mi', memory: '1Gi' };
    expect(made).toMatchObject({
      spec: {
        template: { spec: { containers: [{ resources: { requests, limits: { cpu: '2', memory: '1Gi' } } }, {}] } },
      },
    });
  });

  it('leaves the number of workers to an autoscaler', async () => {
    for (const name of ['everything on', 'an autoscaler on an external metric']) {
      const made = (await render(set(name))).the('Deployment');
      expect(made.spec).not.toHaveProperty('replicas');
    }
  });

  it('is rolled by another configuration, and by nothing else', async () => {
    const checksum = async (values: object) =>
      /checksum\/config: (\w{64})/.exec((await render(values)).text)?.[1] ?? 'none';
    const before = await checksum(PLAIN);
    expect(await checksum(withConfig({ log_level: 'debug' }))).not.toBe(before);
    expect(await checksum({ ...PLAIN, service: { port: 80 } })).toBe(before);
  });

  it('is spread over zones and nodes, the workers of one revision', async () => {
    const made = (await render(PLAIN)).the('Deployment');
    const spread = (topologyKey: string) => ({
      topologyKey,
      maxSkew: 1,
      whenUnsatisfiable: 'ScheduleAnyway',
      matchLabelKeys: ['pod-template-hash'],
      labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'shardline', 'app.kubernetes.io/instance': 'music' } },
    });
    const topologySpreadConstraints = [spread('topology.kubernetes.io/zone'), spread('kubernetes.io/hostname')];
    expect(made).toMatchObject(podSpec({ topologySpreadConstraints }));
  });

  it('takes the image by digest where there is one, else by tag', async () => {
    const image = async (values: object) => /^ *image: (\S+)$/m.exec((await render(values)).text)?.[1];
    const { version } = await import('../../../package.json', { with: { type: 'json' } }).then((all) => all.default);
    expect(await image(PLAIN)).toBe(`registry.example.com/shardline:${version}`);
    expect(await image({ ...PLAIN, image: { ...PLAIN.image, tag: 'next' } })).toBe(
      'registry.example.com/shardline:next',
    );
    expect(await image(set('everything on'))).toBe(
      `registry.example.com/shardline@sha256:${'0123456789abcdef'.repeat(4)}`,
    );
  });
});

describe('what stands beside it', () => {
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
    expect((await render(set('everything on'))).the('ServiceAccount')).toMatchObject({
      metadata: {
        annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/shardline', team: 'music' },
      },
    });
    const given = await render(set('configured by variables, on a platform that chooses the user'));
    expect(given.has('ServiceAccount')).toBe(false);
    expect(given.the('Deployment')).toMatchObject(podSpec({ serviceAccountName: 'shardline' }));
  });

  it('is, without being asked, nothing that needs an operator', async () => {
    const kinds = (await render(PLAIN)).all.map(({ kind }) => kind).sort();
    expect(kinds).toEqual(
      ['ConfigMap', 'Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'ServiceAccount'].sort(),
    );
  });

  it('is an HPA that takes the metric for the number of workers, ready or not', async () => {
    expect((await render(set('an autoscaler on an external metric'))).the('HorizontalPodAutoscaler')).toMatchObject({
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
    const made = (await render(set('everything on'))).all.filter(({ metadata }) =>
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
