import { jsonSchema } from '../../src/config/json-schema.ts';
import { choice, flag, group, integer, kubernetes, list, named, type Shape, text, texts } from './shapes.ts';
import type { ChartValue } from './values.ts';

/** A Service's name begins with a letter. */
const OPTIONAL_NAME = '^([a-z]([-a-z0-9]*[a-z0-9])?)?$';
/** Names of Secrets and service accounts may have dots. */
const OPTIONAL_DNS_NAME = '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$';
const SECRET_KEY = '^[-._a-zA-Z0-9]*$';
const MEMORY = '^[0-9]+(Ki|Mi|Gi|k|M|G)?$';
const ID = integer(1, 2_147_483_647);
const CIDR = '^[0-9a-fA-F:.]+/[0-9]{1,3}$';

const isShape = (value: unknown): value is Shape => typeof value === 'object' && value !== null;

/** The shape at a path such as `http.port`. */
const at = (shape: Shape, path: string): Shape =>
  path.split('.').reduce<Shape>((outer, name) => {
    const inner = isShape(outer.properties) ? outer.properties[name] : undefined;
    if (!isShape(inner)) throw new Error(`the schema has no ${path}`);
    return inner;
  }, shape);

/** A copy with more keywords at a path. */
const withAt = (shape: Shape, path: string, more: Shape): Shape => {
  const [name = '', ...rest] = path.split('.');
  const inner = at(shape, name);
  const changed = rest.length > 0 ? withAt(inner, rest.join('.'), more) : { ...inner, ...more };
  return { ...shape, properties: { ...(isShape(shape.properties) ? shape.properties : {}), [name]: changed } };
};

/** What the service's own schema leaves to its parsers, as far as a pattern can tell; and what only a pod forbids. */
const TIGHTER: readonly (readonly [path: string, more: Shape])[] = [
  ['http', { required: ['host', 'port'] }],
  ['memory', { required: ['budget'] }],
  ['http.host', { enum: ['0.0.0.0', '::'] }],
  ['http.port', { minimum: 1024 }],
  ['start', { pattern: '^(TRIM_HORIZON|LATEST|\\d{4}-\\d\\d-\\d\\d.*)$' }],
  ['opensearch.node', { pattern: '^https?://[^\\s/@?#]+(/[^\\s?#]*)?$' }],
  ['dead_letter.to', { pattern: '^(s3://|firehose://|https?://|file:).' }],
  ['dead_letter.hold_above', { pattern: '^([1-9]\\d?%|off)$' }],
  ['dead_letter.read_from', { pattern: '^s3://.' }],
  ['dead_letter.large_to', { pattern: '^s3://.' }],
  ['archive.to', { pattern: '^firehose://.' }],
];

const configuration = (): Shape => {
  const own: unknown = jsonSchema();
  if (!isShape(own)) throw new Error('the configuration has no schema');
  const { $schema, title, ...shape } = own;
  const needed = { ...shape, required: ['http', 'memory', 'shutdown_timeout'] };
  return TIGHTER.reduce<Shape>((all, [path, more]) => withAt(all, path, more), needed);
};

const pods: Readonly<Record<string, Shape>> = {
  terminationGracePeriodSeconds: integer(0, 86_400),
  resources: group({
    requests: { type: 'object', additionalProperties: { type: ['string', 'number'] } },
    limits: {
      type: 'object',
      properties: { memory: text(MEMORY) },
      additionalProperties: { type: ['string', 'number'] },
    },
  }),
  readiness: choice('/readyz', '/livez'),
  podSecurity: group({}, { runAsUser: ID, runAsGroup: ID, fsGroup: ID }),
  tmpSize: text('^[0-9]+(Ki|Mi|Gi)$'),
  podLabels: texts,
  podAnnotations: texts,
  nodeSelector: texts,
  tolerations: list(kubernetes),
  affinity: kubernetes,
  priorityClassName: text(OPTIONAL_DNS_NAME),
  topologySpreadConstraints: list({
    type: 'object',
    required: ['topologyKey', 'maxSkew', 'whenUnsatisfiable'],
    additionalProperties: false,
    properties: {
      topologyKey: text('^.'),
      maxSkew: integer(1, 1_000),
      minDomains: integer(1, 1_000),
      whenUnsatisfiable: choice('ScheduleAnyway', 'DoNotSchedule'),
      nodeAffinityPolicy: choice('Honor', 'Ignore'),
      nodeTaintsPolicy: choice('Honor', 'Ignore'),
    },
  }),
};

const autoscaling = group({
  kind: choice('none', 'hpa', 'keda'),
  minReplicas: integer(1, 10_000),
  maxReplicas: integer(1, 10_000),
  scaleDown: group({
    stabilizationSeconds: integer(0, 3_600),
    pods: integer(1, 10_000),
    periodSeconds: integer(1, 1_800),
  }),
  hpa: group({ metric: text('^.'), selector: texts }),
  keda: group({
    serverAddress: text('^(https?://\\S+)?$'),
    query: text(),
    pollingInterval: integer(1, 3_600),
    authenticationRef: text(OPTIONAL_DNS_NAME),
  }),
});

const values: Readonly<Record<string, Shape>> = {
  image: group({
    repository: text('^[^\\s:@]*(:[0-9]+/[^\\s:@]+)?$'),
    tag: text('^[\\w.-]*$'),
    digest: text('^(sha256:[0-9a-f]{64})?$'),
    pullPolicy: choice('Always', 'IfNotPresent', 'Never'),
  }),
  imagePullSecrets: list(named()),
  nameOverride: text(OPTIONAL_NAME),
  fullnameOverride: text(OPTIONAL_NAME),
  replicas: integer(0, 10_000),
  config: configuration(),
  aws: group({
    region: text('^([a-z]+(-[a-z]+)+-[0-9]+)?$'),
    roleArn: text('^(arn:aws[a-z-]*:iam::[0-9]{12}:role/.+)?$'),
  }),
  secrets: group({
    opensearchPassword: group({ name: text(OPTIONAL_DNS_NAME), key: text('^[-._a-zA-Z0-9]+$') }),
    opensearchTls: group({
      name: text(OPTIONAL_DNS_NAME),
      ca: text(SECRET_KEY),
      cert: text(SECRET_KEY),
      key: text(SECRET_KEY),
    }),
  }),
  env: list({ ...named({ value: text(), valueFrom: kubernetes }), additionalProperties: false }),
  envFrom: list(kubernetes),
  volumes: list(named()),
  volumeMounts: list(named({ mountPath: text('^/') })),
  sidecars: list(named()),
  serviceAccount: group({ create: flag, name: text(OPTIONAL_DNS_NAME), annotations: texts }),
  service: group({
    type: choice('ClusterIP', 'NodePort', 'LoadBalancer'),
    port: integer(1, 65_535),
    annotations: texts,
  }),
  podDisruptionBudget: group({
    enabled: flag,
    maxUnavailable: { anyOf: [integer(1, 10_000), text('^(100|[1-9][0-9]?)%$')] },
  }),
  autoscaling,
  serviceMonitor: group({ enabled: flag, interval: text('^[0-9]+(ms|s|m)$'), labels: texts }),
  prometheusRule: group({ enabled: flag, labels: texts, runbookPrefix: text('^(https?://\\S+/)?$') }),
  dashboards: group({ enabled: flag, labels: texts, annotations: texts }),
  networkPolicy: group({
    enabled: flag,
    from: list(kubernetes),
    to: list(text(CIDR)),
    egress: list(kubernetes),
  }),
  labels: texts,
  ...pods,
};

/** JSON Schema of the chart's values, which helm holds them against before it makes anything. */
export const valuesSchema = (documented: readonly ChartValue[]): Shape => {
  const schema: Shape = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: "Values of Shardline's chart",
    ...group(values, { global: kubernetes }),
  };
  const describe = (all: Shape, { path, doc }: ChartValue) =>
    path.startsWith('config.') ? all : withAt(all, path, { description: doc });
  return documented.reduce(describe, schema);
};
