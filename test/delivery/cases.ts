import type { Fault } from '../support/fault-proxy.ts';
import {
  always,
  always4xx,
  everyThird,
  keepBack,
  resetAfter,
  resetBefore,
  stall,
  tooLargeAbove,
  truncate,
  wrongNumber,
} from '../support/faults.ts';
import { type Case, eventOf, type Scene } from '../support/matrix.ts';

const on =
  (fault: Fault) =>
  ({ proxy }: Scene) => {
    proxy.fault = fault;
  };

const ask = async ({ world }: Scene, method: string, path: string, body?: object): Promise<void> => {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${world.opensearchUrl}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
};

const settings = (values: object) => (scene: Scene) => ask(scene, 'PUT', '/_cluster/settings', { persistent: values });

const today = ({ world }: Scene): string => `${world.prefix}-2026.01.02`;

const blocks = (name: string, value: boolean | null) => (scene: Scene) =>
  ask(scene, 'PUT', `/${today(scene)}/_settings`, { [`index.blocks.${name}`]: value });

const onDay = (day: string) => (prefix: string) =>
  Array.from({ length: 20 }, (_, i) => eventOf(`${prefix}${i}`, { day }));

/** What the network and what stands in it does: through the proxy. */
const NETWORK: readonly Case[] = [
  { name: 'reset before it is heard', rows: ['request no-answer'], begin: on(resetBefore), tells: /ConnectionError/ },
  { name: 'reset before the answer', rows: ['request no-answer'], begin: on(resetAfter), tells: /ConnectionError/ },
  { name: 'stalls', rows: ['request no-answer'], begin: on(stall), tells: /TimeoutError/ },
  { name: 'answer cut short', rows: ['request no-answer'], begin: on(truncate), tells: /ConnectionError/ },
  { name: '200 with garbage', rows: ['request garbage'], begin: on(always(200, '<html>hello</html>')), tells: /bulk/ },
  { name: '200 with broken JSON', rows: ['request no-answer'], begin: on(always(200, '{"items":[')), tells: /JSON/ },
  { name: 'an answer for one document too few', rows: ['request garbage'], begin: on(wrongNumber), tells: /items for/ },
  {
    name: '502 with HTML',
    rows: ['request failing'],
    begin: on(always(502, '<html>Bad Gateway</html>')),
    tells: /502/,
  },
  { name: '402', rows: ['request busy'], begin: on(always(402, '{"message":"maximum OCU"}')), tells: /402/ },
  { name: '429', rows: ['request busy'], begin: on(always(429, '{"message":"slow down"}')), tells: /429/ },
  {
    name: '401 to all',
    rows: ['request credentials'],
    begin: on(always(401, '<html>Unauthorized</html>')),
    tells: /401/,
  },
  { name: '403 to all', rows: ['request permission'], begin: on(always(403, '{"Message":"denied"}')), tells: /403/ },
  { name: '404 to all', rows: ['request elsewhere'], begin: on(always(404, '<html>nobody</html>')), tells: /404/ },
  {
    name: '400 to all, by a proxy',
    rows: ['request refused'],
    begin: on(always(400, '<html>no</html>')),
    tells: /400/,
  },
  {
    name: '400 to all, as OpenSearch words it',
    rows: ['request refused'],
    begin: on(always4xx(400, 'illegal_argument_exception', 'unrecognized parameter: [timeout]')),
    tells: /unrecognized/,
  },
  {
    name: '400 to all, as many shards as there may be',
    rows: ['request shard-limit'],
    begin: on(always4xx(400, 'validation_exception', 'has [9]/[9] maximum shards open')),
    tells: /maximum/,
  },
  { name: '413 to all', rows: ['request too-large'], begin: on(tooLargeAbove(0)), tells: /413/ },
  {
    name: '413 above 64 KiB, 3 documents of 70 KB among 200',
    rows: ['request too-large'],
    begin: on(tooLargeAbove(65_536)),
    events: (prefix) =>
      Array.from({ length: 203 }, (_, i) => eventOf(`${prefix}${i}`, i % 70 === 0 ? { text: 'x'.repeat(70_000) } : {})),
    stays: true,
    letters: { 'sink-too-large': 3 },
  },
];

/** What OpenSearch would say of single documents, where it cannot be brought to say it here: through the proxy. */
const SINGLE: readonly Case[] = [
  ...[402, 408, 429].map((status) => ({
    name: `${status} for every third document`,
    rows: ['item busy'],
    begin: on(everyThird(status, 'x', 'too much')),
  })),
  { name: '500 for every third document', rows: ['item failing'], begin: on(everyThird(500, 'x', 'boom')) },
  {
    name: '401 for every third document',
    rows: ['item credentials'],
    begin: on(everyThird(401, 'x', 'who')),
  },
  { name: '201 with an error, every third', rows: ['item unclear'], begin: on(everyThird(201, 'x', 'odd')) },
  {
    name: '400 for every document, by a collection that takes no ids',
    rows: ['item no-ids'],
    begin: on(
      keepBack(() => true, 400, {
        type: 'illegal_argument_exception',
        reason: 'Document ID is not supported in create/index operation request',
      }),
    ),
    tells: /Document ID is not supported/,
  },
  {
    name: '403 for every document',
    rows: ['item permission'],
    begin: on(keepBack(() => true, 403, { type: 'security_exception', reason: 'no permissions' })),
    tells: /no permissions/,
  },
  {
    name: '403 for one index of two, 20 documents',
    rows: ['item permission'],
    begin: on(
      keepBack((action) => action.includes('2026.01.03'), 403, {
        type: 'security_exception',
        reason: 'no permissions',
      }),
    ),
    events: (prefix) =>
      Array.from({ length: 200 }, (_, i) => eventOf(`${prefix}${i}`, i % 10 === 0 ? { day: '2026-01-03' } : {})),
    stays: true,
    letters: { 'sink-rejected': 20 },
  },
];

/** What OpenSearch itself says. */
const REAL: readonly Case[] = [
  { name: 'nothing is wrong', rows: ['item written'], events: (prefix) => [eventOf(`${prefix}x`), eventOf('same')] },
  {
    name: 'two events come again, one with another body',
    rows: ['item exists'],
    events: () => [eventOf('same'), eventOf('c0-x', { n: 2 })],
    letters: { 'id-conflict': 1 },
    documents: 0,
  },
  {
    name: 'a value that does not fit the mapping, 5 of 200',
    rows: ['item refused'],
    events: (prefix) =>
      Array.from({ length: 200 }, (_, i) => eventOf(`${prefix}${i}`, i % 40 === 0 ? { n: 'one' } : {})),
    letters: { 'sink-rejected': 5 },
  },
  {
    name: 'an index blocked for writes',
    rows: ['item blocked'],
    begin: blocks('write', true),
    end: blocks('write', null),
    tells: /cluster_block_exception/,
  },
  {
    name: 'an index read-only, as a full disk leaves it',
    rows: ['item blocked'],
    begin: blocks('read_only_allow_delete', true),
    end: blocks('read_only_allow_delete', null),
    tells: /cluster_block_exception/,
  },
  {
    name: 'the cluster read-only',
    rows: ['request blocked', 'item blocked'],
    begin: settings({ 'cluster.blocks.read_only': true }),
    end: settings({ 'cluster.blocks.read_only': null }),
    tells: /cluster_block_exception/,
  },
  {
    name: 'a closed index',
    rows: ['item closed'],
    begin: (scene) => ask(scene, 'POST', `/${today(scene)}/_close`),
    end: (scene) => ask(scene, 'POST', `/${today(scene)}/_open`),
    tells: /index_closed_exception/,
  },
  {
    name: 'no index, and none is made by itself',
    rows: ['item missing'],
    begin: settings({ 'action.auto_create_index': 'false' }),
    end: settings({ 'action.auto_create_index': null }),
    events: onDay('2026-02-01'),
    tells: /404/,
  },
  {
    name: 'an index without a primary',
    rows: ['item unavailable'],
    begin: (scene) =>
      ask(scene, 'PUT', `/${scene.world.prefix}-2026.02.03?wait_for_active_shards=0`, {
        settings: { number_of_replicas: 0, 'index.routing.allocation.require._name': 'nobody' },
      }),
    end: (scene) =>
      ask(scene, 'PUT', `/${scene.world.prefix}-2026.02.03/_settings`, {
        'index.routing.allocation.require._name': null,
      }),
    events: onDay('2026-02-03'),
    tells: /primary shard is not active/,
  },
  {
    name: 'an index blocked for writes, another one not',
    rows: ['item blocked'],
    begin: blocks('write', true),
    end: blocks('write', null),
    events: (prefix) =>
      Array.from({ length: 200 }, (_, i) => eventOf(`${prefix}${i}`, i % 2 === 0 ? { day: '2026-02-04' } : {})),
  },
  {
    name: 'as many shards as the cluster may have',
    rows: ['item shard-limit'],
    begin: settings({ 'cluster.max_shards_per_node': 1 }),
    end: settings({ 'cluster.max_shards_per_node': null }),
    events: onDay('2026-02-02'),
    tells: /maximum .*shards open/,
  },
];

const pipeline =
  (name: string, ...processors: readonly object[]) =>
  (scene: Scene) =>
    ask(scene, 'PUT', `/_ingest/pipeline/${name}`, { processors });

/** Every tenth of 200 events goes through a pipeline. */
const through = (name: string) => (prefix: string) =>
  Array.from({ length: 200 }, (_, i) => eventOf(`${prefix}${i}`, i % 10 === 0 ? { pipeline: name } : {}));

/** Versions and ingest pipelines. */
const SPECIAL: readonly Case[] = [
  {
    name: 'an older version comes after a newer one',
    rows: ['item written', 'item stale'],
    events: (prefix) => [1, 0].map((version) => eventOf(`${prefix}x`, { version })),
    documents: 1,
  },
  {
    name: 'a pipeline drops 20 of 200',
    rows: ['item dropped'],
    begin: pipeline('matrix-drops', { drop: {} }),
    events: through('matrix-drops'),
    stays: true,
    documents: 180,
  },
  {
    name: 'a pipeline refuses 20 of 200',
    rows: ['item failed'],
    begin: pipeline('matrix-fails', { fail: { message: 'no good' } }),
    events: through('matrix-fails'),
    stays: true,
    letters: { 'sink-rejected': 20 },
  },
  {
    name: 'a pipeline asks for a version that is not there',
    rows: ['item baseless'],
    begin: pipeline('matrix-bases', { set: { field: '_version', value: 77 } }),
    events: through('matrix-bases'),
    stays: true,
    letters: { 'sink-rejected': 20 },
  },
  {
    name: 'a pipeline that is not there, until it is',
    rows: ['item no-pipeline'],
    begin: () => {},
    end: pipeline('matrix-late', { set: { field: 'late', value: true } }),
    events: through('matrix-late'),
  },
];

export const CASES: readonly Case[] = [...REAL, ...SPECIAL, ...NETWORK, ...SINGLE];
