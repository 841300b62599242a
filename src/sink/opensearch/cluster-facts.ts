import { isObject } from '../../core/is-object.ts';
import { member, type Request } from './client.ts';

/** Questions about the cluster, and how their answers are read. What an answer lacks is left out, never guessed. */

const get = (path: string, querystring: Record<string, string>): Request => ({ method: 'GET', path, querystring });

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
const entries = (value: unknown): readonly (readonly [string, unknown])[] =>
  isObject(value) ? Object.entries(value) : [];

export const mainRequest = get('/', {});
export const readMain = (body: unknown) => ({
  number: text(member(body, 'version', 'number')) ?? 'unknown',
  distribution: text(member(body, 'version', 'distribution')),
  tagline: text(member(body, 'tagline')),
});

export const httpRequest = get('/_nodes/http', { filter_path: 'nodes.*.http.max_content_length_in_bytes' });
/** `http.max_content_length` of each node, bytes. */
export const readHttp = (body: unknown): readonly number[] =>
  entries(member(body, 'nodes'))
    .map(([, node]) => member(node, 'http', 'max_content_length_in_bytes'))
    .filter((bytes) => typeof bytes === 'number');

export const diskRequest = get('/_nodes/stats/fs', {
  filter_path: 'nodes.*.name,nodes.*.fs.total.total_in_bytes,nodes.*.fs.total.available_in_bytes',
});
export const readDisks = (body: unknown) =>
  entries(member(body, 'nodes')).map(([id, node]) => ({
    node: text(member(node, 'name')) ?? id,
    totalBytes: count(member(node, 'fs', 'total', 'total_in_bytes')),
    availableBytes: count(member(node, 'fs', 'total', 'available_in_bytes')),
  }));

export const poolRequest = get('/_nodes/stats/thread_pool', {
  filter_path: 'nodes.*.name,nodes.*.thread_pool.write.queue,nodes.*.thread_pool.write.rejected',
});
export const readPools = (body: unknown) =>
  entries(member(body, 'nodes')).flatMap(([id, node]) => {
    const pool = member(node, 'thread_pool', 'write');
    if (!isObject(pool)) return [];
    return [{ node: text(member(node, 'name')) ?? id, queue: count(pool.queue), rejected: count(pool.rejected) }];
  });

export const healthRequest = get('/_cluster/health', {});
export const readHealth = (body: unknown) => ({
  open:
    count(member(body, 'active_shards')) +
    count(member(body, 'initializing_shards')) +
    count(member(body, 'unassigned_shards')),
  dataNodes: count(member(body, 'number_of_data_nodes')),
});

export const settingsRequest = get('/_cluster/settings', {
  include_defaults: 'true',
  filter_path: ['routing.allocation.disk', 'max_shards_per_node', 'blocks']
    .map((name) => `*.cluster.${name}`)
    .join(','),
});

/** A setting as it holds now: a transient value wins, then a persistent one. */
const setting = (body: unknown, ...path: readonly string[]): string | undefined =>
  ['transient', 'persistent', 'defaults']
    .map((where) => text(member(body, where, 'cluster', ...path)))
    .find((value) => value !== undefined);

export const readSettings = (body: unknown) => {
  const disk = (...path: readonly string[]) => setting(body, 'routing', 'allocation', 'disk', ...path);
  const low = disk('watermark', 'low');
  const high = disk('watermark', 'high');
  const flood = disk('watermark', 'flood_stage');
  const perNode = Number(setting(body, 'max_shards_per_node'));
  const blocks = ['read_only', 'read_only_allow_delete', 'create_index'];
  return {
    watermarks:
      low !== undefined && high !== undefined && flood !== undefined
        ? { enabled: disk('threshold_enabled') !== 'false', low, high, flood }
        : undefined,
    perNode: perNode > 0 ? perNode : undefined,
    blocks: blocks.filter((name) => setting(body, 'blocks', name) === 'true').map((name) => `cluster.blocks.${name}`),
  };
};

/** The settings of every index that the wildcards cover, those that are there. */
export const indicesRequest = (wildcards: readonly string[]): Request =>
  get(`/${wildcards.map(encodeURIComponent).join(',')}/_settings`, {
    allow_no_indices: 'true',
    ignore_unavailable: 'true',
    filter_path: '*.settings.index.blocks.*,*.settings.index.creation_date',
  });

const BLOCKS = ['read_only', 'read_only_allow_delete', 'write'];

/** Every index, with the blocks that keep documents out of it. */
export const readIndices = (body: unknown) =>
  entries(body).map(([index, value]) => ({
    index,
    blocks: BLOCKS.filter((name) => String(member(value, 'settings', 'index', 'blocks', name)) === 'true'),
  }));

export const indexRequest = (index: string): Request =>
  get(`/${encodeURIComponent(index)}`, { filter_path: '*.settings,*.mappings' });
export const readIndex = (body: unknown, index: string) => ({
  settings: member(body, index, 'settings'),
  mappings: member(body, index, 'mappings'),
});
