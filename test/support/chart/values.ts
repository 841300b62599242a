const config = {
  application: 'music-events',
  stream: 'music-events',
  opensearch: { node: 'https://search-music-abc.eu-central-1.es.amazonaws.com' },
  dead_letter: { to: 's3://music-letters/shardline' },
};
const aws = { region: 'eu-central-1' };
const image = { repository: 'registry.example.com/shardline' };

/** The least that the chart asks for. */
export const PLAIN = { image, aws, config };

/** Sets of values as people have them, each of which must come to something that Kubernetes and the service accept. */
export const VALUES: Readonly<Record<string, object>> = {
  plain: PLAIN,
  'everything on': {
    image: { ...image, digest: `sha256:${'0123456789abcdef'.repeat(4)}`, pullPolicy: 'Always' },
    imagePullSecrets: [{ name: 'registry' }],
    aws: { region: 'eu-central-1', roleArn: 'arn:aws:iam::123456789012:role/shardline' },
    config: {
      ...config,
      stream: 'arn:aws:kinesis:eu-central-1:123456789012:stream/music-events',
      documents_per_record: 1_000_000,
      index: 'music-events-{yyyy.MM.dd}',
      index_window: { past: 'unlimited', outside: 'music-events-outside' },
      dead_letter: {
        to: 'https://sqs.eu-central-1.amazonaws.com/123456789012/music-letters',
        large_to: 's3://music-letters/large',
        hold_above: 'off',
      },
      archive: { to: 'firehose://music-archive' },
      memory: { budget: '512MiB' },
      http: { host: '::', port: 9000 },
      shutdown_timeout: '90s',
    },
    autoscaling: {
      kind: 'keda',
      maxReplicas: 16,
      keda: { serverAddress: 'http://prometheus:9090', authenticationRef: 'auth' },
    },
    resources: { requests: { cpu: 2, 'ephemeral-storage': '128Mi' }, limits: { cpu: '2', memory: '1Gi' } },
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: {
      enabled: true,
      labels: { release: 'prometheus' },
      runbookPrefix: 'https://git.example.com/main/',
    },
    dashboards: { enabled: true, annotations: { grafana_folder: 'Shardline' } },
    networkPolicy: {
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      to: ['10.0.0.0/16', 'fd00::/8'],
      egress: [{ ports: [{ port: 4317 }] }],
    },
    serviceAccount: { annotations: { team: 'music' } },
    podDisruptionBudget: { maxUnavailable: '25%' },
    service: { type: 'LoadBalancer', port: 80, annotations: { 'example.com/internal': 'true' } },
    labels: { team: 'music', release: 'of-music' },
    podLabels: { tier: 'stream', team: 'streams' },
    podAnnotations: { 'example.com/seen': 'yes' },
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [{ key: 'stream', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    priorityClassName: 'high',
    sidecars: [{ name: 'collector', image: 'registry.example.com/collector:1' }],
  },
  'a cluster of its own, with password and certificates': {
    ...PLAIN,
    config: { ...config, opensearch: { node: 'https://opensearch.search:9200', auth: 'basic', username: 'shardline' } },
    secrets: {
      opensearchPassword: { name: 'opensearch', key: 'admin.password' },
      opensearchTls: { name: 'opensearch-tls', cert: 'tls.crt', key: 'tls.key' },
    },
  },
  'an autoscaler on an external metric': { ...PLAIN, autoscaling: { kind: 'hpa', minReplicas: 2, maxReplicas: 8 } },
  'letters in files, on a lasting volume': {
    ...PLAIN,
    config: { ...config, dead_letter: { to: 'file:/var/lib/shardline/letters' } },
    volumes: [{ name: 'letters', persistentVolumeClaim: { claimName: 'letters' } }],
    volumeMounts: [{ name: 'letters', mountPath: '/var/lib/shardline' }],
  },
  'configured by variables, on a platform that chooses the user': {
    image,
    // Names that YAML would take for something else.
    fullnameOverride: 'true',
    podSecurity: { runAsUser: null, runAsGroup: null, fsGroup: null },
    env: [
      { name: 'AWS_REGION', value: 'eu-central-1' },
      { name: 'SHARDLINE_APPLICATION', value: 'music-events' },
      { name: 'SHARDLINE_STREAM', value: 'music-events' },
      { name: 'SHARDLINE_OPENSEARCH_NODE', value: config.opensearch.node },
      { name: 'SHARDLINE_DEAD_LETTER_TO', value: config.dead_letter.to },
    ],
    serviceAccount: { create: false, name: '67890' },
    podDisruptionBudget: { enabled: false },
    networkPolicy: { enabled: false },
    topologySpreadConstraints: [],
  },
};

export const valuesOf = (name: string): object => {
  const values = VALUES[name];
  if (!values) throw new Error(`no set of values ${name}`);
  return values;
};
