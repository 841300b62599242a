import { describe, expect, it } from 'vitest';
import { render } from '../../support/chart/helm.ts';
import { PLAIN, valuesOf } from '../../support/chart/values.ts';

const withConfig = (more: object) => ({ ...PLAIN, config: { ...PLAIN.config, ...more } });
const podSpec = (spec: object) => ({ spec: { template: { spec } } });
const container = (more: object) => podSpec({ containers: [expect.objectContaining(more)] });

describe('the Deployment', () => {
  it('replaces one worker at a time by one more, and waits for an outage to end', async () => {
    const made = (await render(PLAIN)).the('Deployment');
    expect(made).toMatchObject({
      spec: {
        replicas: 2,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        minReadySeconds: 30,
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
    const platform = await render(valuesOf('configured by variables, on a platform that chooses the user'));
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
    const made = (await render(valuesOf('everything on'))).the('Deployment');
    const requests = { cpu: 2, 'ephemeral-storage': '128Mi', memory: '1Gi' };
    expect(made).toMatchObject({
      spec: {
        template: { spec: { containers: [{ resources: { requests, limits: { cpu: '2', memory: '1Gi' } } }, {}] } },
      },
    });
  });

  it('leaves the number of workers to an autoscaler', async () => {
    for (const name of ['everything on', 'an autoscaler on an external metric']) {
      const made = (await render(valuesOf(name))).the('Deployment');
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
    const image = async (values: object) => /^ *image: "(\S+)"$/m.exec((await render(values)).text)?.[1];
    const { version } = await import('../../../package.json', { with: { type: 'json' } }).then((all) => all.default);
    expect(await image(PLAIN)).toBe(`registry.example.com/shardline:${version}`);
    expect(await image({ ...PLAIN, image: { ...PLAIN.image, tag: 'next' } })).toBe(
      'registry.example.com/shardline:next',
    );
    expect(await image(valuesOf('everything on'))).toBe(
      `registry.example.com/shardline@sha256:${'0123456789abcdef'.repeat(4)}`,
    );
  });
});
