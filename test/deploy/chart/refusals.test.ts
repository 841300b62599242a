import { describe, expect, it } from 'vitest';
import { refusal } from '../../support/chart/helm.ts';
import { PLAIN } from '../../support/chart/values.ts';

const withConfig = (more: object) => ({ ...PLAIN, config: { ...PLAIN.config, ...more } });
const withOpenSearch = (more: object) => withConfig({ opensearch: { ...PLAIN.config.opensearch, ...more } });

describe('wrong values', () => {
  it('are named all at once, with what is missing', async () => {
    const said = await refusal({});
    for (const line of [
      'image.repository: missing; the image without its tag, such as registry.example.com/shardline',
      'config.application: missing, and env has no SHARDLINE_APPLICATION; such as music-events',
      'config.stream: missing, and env has no SHARDLINE_STREAM',
      'config.opensearch.node: missing, and env has no SHARDLINE_OPENSEARCH_NODE',
      'config.dead_letter.to: missing, and env has no SHARDLINE_DEAD_LETTER_TO',
      'aws.region: missing, and env has no AWS_REGION',
    ])
      expect(said).toContain(line);
    expect(await refusal({ image: PLAIN.image, envFrom: [{ configMapRef: { name: 'shardline' } }] })).toBe('');
  });

  it('are not those that a chart around this one has for all', async () => {
    expect(await refusal({ ...PLAIN, global: { region: 'eu-central-1' } })).toBe('');
  });

  it('are none where a release needs a name of its own', async () => {
    const said = await refusal(PLAIN, '1.37.0', '1-music');
    expect(said).toContain(
      "fullnameOverride: missing; 1-music-shardline begins with no letter, and a Service's name must",
    );
    expect(await refusal({ ...PLAIN, fullnameOverride: 'music' }, '1.37.0', '1-music')).toBe('');
  });

  it.each<[string, object, string]>([
    ['a key that is not there', { replica: 3 }, "at '': additional properties 'replica' not allowed"],
    ['a key taken away', { service: null }, "at '': missing property 'service'"],
    ['a choice', { readiness: '/' }, "at '/readiness': value must be one of '/readyz', '/livez'"],
    ['a number in words', { replicas: 'two' }, "at '/replicas': got string, want integer"],
    ['root', { podSecurity: { runAsUser: 0 } }, "at '/podSecurity/runAsUser': minimum: got 0, want 1"],
    ['a region', { aws: { region: 'Frankfurt' } }, "at '/aws/region': 'Frankfurt' does not match"],
    [
      'a role',
      { aws: { region: 'eu-central-1', roleArn: 'shardline' } },
      "at '/aws/roleArn': 'shardline' does not match",
    ],
    ['a tag in the repository', { image: { repository: 'a/b:1' } }, "at '/image/repository': 'a/b:1' does not match"],
    [
      'no worker to tell how many',
      { autoscaling: { minReplicas: 0 } },
      "at '/autoscaling/minReplicas': minimum: got 0",
    ],
    [
      'a budget that lets no node drain',
      { podDisruptionBudget: { maxUnavailable: '0%' } },
      "at '/podDisruptionBudget/maxUnavailable': '0%' does not match",
    ],
    ['a variable that is a number', { env: [{ name: 'A', value: 5 }] }, "at '/env/0/value': got number, want string"],
  ])('are refused by the schema, with what is allowed: %s', async (_, values, expected) => {
    expect(await refusal({ ...PLAIN, ...values })).toContain(expected);
  });

  it.each<[string, object, string]>([
    ['an unknown key', withConfig({ colour: 'red' }), "at '/config': additional properties 'colour' not allowed"],
    [
      'a value',
      withOpenSearch({ auth: 'kerberos' }),
      "at '/config/opensearch/auth': value must be one of 'sigv4', 'basic', 'none'",
    ],
    ['a duration', withConfig({ shutdown_timeout: 25 }), "at '/config/shutdown_timeout': got number, want string"],
    ['no duration', withConfig({ shutdown_timeout: null }), "at '/config': missing property 'shutdown_timeout'"],
    ['a URL', withOpenSearch({ node: 'search' }), "at '/config/opensearch/node': 'search' does not match"],
    ['a port', withConfig({ http: { port: 80 } }), "at '/config/http/port': minimum: got 80, want 1,024"],
    ['an address', withConfig({ http: { host: '127.0.0.1' } }), "value must be one of '0.0.0.0', '::'"],
    ['a start', withConfig({ start: 'now' }), "at '/config/start': 'now' does not match"],
  ])("are refused by the service's own schema: %s", async (_, values, expected) => {
    expect(await refusal(values)).toContain(expected);
  });

  it.each<[string, object, string]>([
    [
      'too short a grace',
      { ...PLAIN, terminationGracePeriodSeconds: 29 },
      'terminationGracePeriodSeconds: 29 is too short for config.shutdown_timeout: 25s; at least 30, or 0 to derive it',
    ],
    [
      'too little memory',
      { ...withConfig({ memory: { budget: '1GiB' } }), resources: { limits: { memory: '1Gi' } } },
      'resources.limits.memory: 1Gi is too little for config.memory.budget: 1GiB; at least 1184Mi',
    ],
    [
      'a variable past the chart',
      { ...PLAIN, env: [{ name: 'SHARDLINE_SHUTDOWN_TIMEOUT', value: '60s' }] },
      'env: SHARDLINE_SHUTDOWN_TIMEOUT would go past the chart, which derives more from it; set config.shutdown_timeout',
    ],
    [
      'a password in the open',
      withOpenSearch({ auth: 'basic', username: 'u', password: 'p' }),
      'config.opensearch.password: would stand in a ConfigMap; name a Secret in secrets.opensearchPassword.name',
    ],
    [
      'a password in a variable in the open',
      { ...PLAIN, env: [{ name: 'SHARDLINE_OPENSEARCH_PASSWORD', value: 'p' }] },
      'env: SHARDLINE_OPENSEARCH_PASSWORD stands in the open',
    ],
    [
      'two passwords',
      {
        ...withOpenSearch({ auth: 'basic', username: 'u', password_file: '/p' }),
        secrets: { opensearchPassword: { name: 'opensearch' } },
      },
      'config.opensearch.password_file: given as well as secrets.opensearchPassword.name; keep one of them',
    ],
    [
      "a label of the chart's own",
      { ...PLAIN, podLabels: { 'app.kubernetes.io/name': 'music' } },
      "podLabels: app.kubernetes.io/name is one of the chart's own (app.kubernetes.io/instance, app.kubernetes.io/managed-by",
    ],
    [
      'half a client certificate',
      { ...PLAIN, secrets: { opensearchTls: { name: 'tls', cert: 'tls.crt' } } },
      'secrets.opensearchTls: cert and key are of no use without each other; give both or none',
    ],
    [
      'letters that go with the pod',
      { ...withConfig({ dead_letter: { to: 'file:/tmp/letters' } }) },
      'config.dead_letter.to: letters in file:/tmp/letters would be lost with the pod; mount a lasting volume there',
    ],
    [
      'letters that go with the pod, by a variable',
      { ...PLAIN, env: [{ name: 'SHARDLINE_DEAD_LETTER_TO', value: 'file:letters' }] },
      'letters in file:letters would be lost with the pod',
    ],
    [
      'letters in a volume that goes with the pod',
      {
        ...withConfig({ dead_letter: { to: 'file:/letters' } }),
        volumes: [{ name: 'letters', emptyDir: {} }],
        volumeMounts: [{ name: 'letters', mountPath: '/letters' }],
      },
      'letters in file:/letters would be lost with the pod',
    ],
    [
      'letters beside their volume',
      {
        ...withConfig({ dead_letter: { to: 'file:///letters-of-music' } }),
        volumes: [{ name: 'letters', persistentVolumeClaim: { claimName: 'letters' } }],
        volumeMounts: [{ name: 'letters', mountPath: '/letters' }],
      },
      'would be lost with the pod',
    ],
    [
      'least above most',
      { ...PLAIN, autoscaling: { kind: 'hpa', minReplicas: 5 } },
      'autoscaling.minReplicas: 5 is more than autoscaling.maxReplicas: 4',
    ],
    ['no Prometheus', { ...PLAIN, autoscaling: { kind: 'keda' } }, 'autoscaling.keda.serverAddress: missing'],
    [
      'no account',
      { ...PLAIN, serviceAccount: { create: false } },
      'serviceAccount.name: missing; with serviceAccount.create: false it names one that is there',
    ],
  ])('are refused where they do not fit each other: %s', async (_, values, expected) => {
    expect(await refusal(values)).toContain(expected);
  });
});
