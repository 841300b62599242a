import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Context, chooseEnvironment } from '../../lib/environment/choose.ts';
import type { Environment } from '../../lib/environment/environment.ts';

const ENVIRONMENTS_FILE = fileURLToPath(new URL('../../environments.json', import.meta.url));

const ADOPTED = 'arn:aws:kinesis:eu-central-1:123456789012:stream/orders';
const ITS_KEY = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000abcd';

const DOMAIN = 'arn:aws:es:eu-central-1:123456789012:domain/music';
const PROVIDER = 'arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com';

/** Any file will do where a template is all that comes of it. */
const JAR = join(tmpdir(), 'shardline-test-connector.jar');
writeFileSync(JAR, '');

/** Every environment of the file, and what the keys can turn one into; each is synthesized once for all tests. */
const ASKED = {
  dev: { env: 'dev' },
  qa: { env: 'qa' },
  staging: { env: 'staging' },
  prod: { env: 'prod' },
  preview: { env: 'preview', suffix: 'pr-7', 'delivery.github': 'acme/shardline' },
  adopted: {
    env: 'prod',
    account: '123456789012',
    'stream.arn': ADOPTED,
    'stream.key_arn': ITS_KEY,
    'managed.enabled': 'true',
    'managed.subnets': 'subnet-0a1b2c3d,subnet-1a1b2c3d',
    'managed.security_groups': 'sg-0a1b2c3d',
    'managed.variables': '{"SHARDLINE_DECODE":"ndjson"}',
    'managed.concurrency': '50',
    'search.domain_arn': DOMAIN,
    'search.endpoint': 'https://vpc-music.eu-central-1.es.amazonaws.com',
    'delivery.github': 'acme/shardline',
    'delivery.provider_arn': PROVIDER,
    'jobs.run_on': 'glue',
    'jobs.names': 'trending,sessions',
    'jobs.parameters': '{"WATERMARK":"20m","sessions.GAP":"20m"}',
    'jobs.opensearch': 'true',
  },
  provisioned: {
    env: 'dev',
    'stream.mode': 'provisioned',
    'stream.shards': '4',
    'stream.archive': 'false',
    'stream.letters': 'bucket',
    'search.kind': 'collection',
    'network.nat_gateways': '1',
    'network.endpoints': 'logs,sts,secretsmanager,aps-workspaces',
    'service.collector_image': 'public.ecr.aws/aws-observability/aws-otel-collector:v0.43.0',
    'service.prometheus_workspace':
      'arn:aws:aps:eu-central-1:123456789012:workspace/ws-0a1b2c3d-0000-4000-8000-00000000abcd',
    'service.image': `registry.example/shardline@sha256:${'0'.repeat(64)}`,
    'service.variables': '{"SHARDLINE_INDEX_WINDOW_OUTSIDE":"late-events"}',
    'jobs.run_on': 'emr',
    'jobs.jars': JAR,
  },
  ecs: {
    'search.linked_role': 'true',
    env: 'staging',
    'service.image': '123456789012.dkr.ecr.eu-central-1.amazonaws.com/shardline:0.1.0',
    'service.workers_max': '40',
    'service.stop_seconds': '60',
    'service.variables': '{"SHARDLINE_DECODE":"ndjson"}',
    'alarms.email': 'ops@example.com',
    'alarms.lag_seconds': '600',
  },
  eks: { env: 'staging', 'service.platform': 'eks', 'service.cluster': 'apps' },
  managed: { env: 'staging', 'managed.enabled': 'true' },
} as const satisfies Record<string, Context>;

export type Label = keyof typeof ASKED;

export const LABELS = Object.keys(ASKED) as readonly Label[];

export const fileOfEnvironments = (): unknown => JSON.parse(readFileSync(ENVIRONMENTS_FILE, 'utf8'));

export const environmentOf = (label: Label): Environment =>
  chooseEnvironment(fileOfEnvironments(), 'environments.json', ASKED[label]);
