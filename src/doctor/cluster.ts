import { type Finding, fail, ok, unseen, warn } from './finding.ts';

/** What `GET /` says. */
export interface VersionFacts {
  readonly number: string;
  readonly distribution: string | undefined;
  readonly tagline: string | undefined;
}

const OLDEST_TESTED_MAJOR = 2;

export const judgeVersion = ({ number, distribution, tagline }: VersionFacts): Finding => {
  const isOpenSearch = distribution === 'opensearch' || /opensearch/i.test(tagline ?? '');
  if (!isOpenSearch)
    return fail('opensearch-version', `this is no OpenSearch (it says version ${number})`, 'use OpenSearch 2 or 3');
  // A cluster that pretends to be Elasticsearch for old clients (compatibility.override_main_response_version).
  if (distribution === undefined)
    return ok('opensearch-version', `OpenSearch, which shows itself to old clients as ${number}`);
  if (Number(number.split('.')[0]) >= OLDEST_TESTED_MAJOR) return ok('opensearch-version', `OpenSearch ${number}`);
  return warn(
    'opensearch-version',
    `OpenSearch ${number}, older than what is supported`,
    'upgrade to OpenSearch 2 or 3',
  );
};

/** The smallest `http.max_content_length` of the nodes against the size at which a bulk request is sent. */
export const judgeRequestSize = (maxBytes: readonly number[], bulkBytes: number): Finding => {
  if (maxBytes.length === 0)
    return unseen('opensearch-request-size', 'the nodes do not tell their http.max_content_length');
  const least = Math.min(...maxBytes);
  const text = `the nodes take requests of up to ${least} bytes; opensearch.bulk_bytes is ${bulkBytes}`;
  if (bulkBytes <= least) return ok('opensearch-request-size', text);
  const fix = `lower opensearch.bulk_bytes to ${least}B or less: until then every full request is sent again in halves`;
  return fail('opensearch-request-size', text, fix);
};

export interface ShardFacts {
  /** Shards of open indices, with replicas, also those that no node has room for. */
  readonly open: number;
  readonly dataNodes: number;
  /** cluster.max_shards_per_node */
  readonly perNode: number;
  /** Shards of one index of ours, with its replicas. */
  readonly perIndex: number;
  /** How many indices of ours there are. */
  readonly indices: number;
  /** How many there can be at once as `index_window` allows; Infinity for `unlimited`. */
  readonly windowIndices: number;
}

export const judgeShards = (facts: ShardFacts): Finding => {
  const { open, dataNodes, perNode, perIndex, indices, windowIndices } = facts;
  const most = perNode * dataNodes;
  const text = `${open} of ${most} shards are in use (cluster.max_shards_per_node ${perNode}, data nodes ${dataNodes})`;
  const fix =
    'delete or close old indices (opensearch.shards and opensearch.replicas say what each takes), add a node, or raise cluster.max_shards_per_node';
  if (open + perIndex > most) return fail('opensearch-shards', `${text}: the next index cannot be made`, fix);
  if (windowIndices === Number.POSITIVE_INFINITY)
    return ok(
      'opensearch-shards',
      `${text}; index_window.past is unlimited, so nothing bounds how many indices old events make`,
    );
  const more = Math.max(0, windowIndices - indices) * perIndex;
  const may = `index_window allows ${windowIndices} indices at once, ${more} shards more than now`;
  if (open + more <= most) return ok('opensearch-shards', `${text}; ${may}`);
  return warn(
    'opensearch-shards',
    `${text}; ${may}: more than there is room for`,
    `${fix}; or narrow index_window.past`,
  );
};

/** What a node's disk holds, bytes. */
export interface NodeDisk {
  readonly node: string;
  readonly totalBytes: number;
  readonly availableBytes: number;
}

/** As the cluster's settings have them: `85%`, `0.85`, or what must stay free, `500mb`. */
export interface Watermarks {
  readonly enabled: boolean;
  readonly low: string;
  readonly high: string;
  readonly flood: string;
}

const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3, tb: 1024 ** 4 };

/** Whether a disk stands above a watermark; false for one that cannot be read. */
const isAbove = ({ totalBytes, availableBytes }: NodeDisk, watermark: string): boolean => {
  const [, size, unit] = /^([\d.]+)(b|kb|mb|gb|tb)$/i.exec(watermark) ?? [];
  if (size !== undefined) return availableBytes < Number(size) * (UNITS[unit?.toLowerCase() ?? ''] ?? 0);
  const share = watermark.endsWith('%') ? Number(watermark.slice(0, -1)) / 100 : Number(watermark);
  return 1 - availableBytes / totalBytes > share;
};

const SPACE = 'make room (delete old indices), or give the nodes larger disks';

export const judgeDisks = (disks: readonly NodeDisk[], marks: Watermarks): Finding => {
  const known = disks.filter(({ totalBytes }) => totalBytes > 0);
  if (known.length === 0) return unseen('opensearch-disk', 'the nodes do not tell how full their disks are');
  const used = (disk: NodeDisk) => `${disk.node} ${Math.round((1 - disk.availableBytes / disk.totalBytes) * 100)} %`;
  const fullest = known.toSorted((a, b) => a.availableBytes / a.totalBytes - b.availableBytes / b.totalBytes);
  const text = `disks in use: ${fullest.slice(0, 3).map(used).join(', ')}${known.length > 3 ? ', the others less' : ''}`;
  if (!marks.enabled) return ok('opensearch-disk', `${text}; the cluster does not watch them (disk.threshold_enabled)`);
  const above = (mark: string) => fullest.filter((disk) => isAbove(disk, mark)).map(used);
  const said = (name: string, mark: string) => `above the ${name} watermark (${mark}): ${above(mark).join(', ')}`;
  if (above(marks.flood).length > 0)
    return fail('opensearch-disk', `${said('flood-stage', marks.flood)}; indices there are blocked for writes`, SPACE);
  if (above(marks.high).length > 0)
    return warn('opensearch-disk', `${said('high', marks.high)}; shards are moved away from there`, SPACE);
  if (above(marks.low).length > 0)
    return warn('opensearch-disk', `${said('low', marks.low)}; no new shards are placed there`, SPACE);
  return ok('opensearch-disk', `${text}; all below the low watermark (${marks.low})`);
};

export interface BlockFacts {
  /** Blocks of the whole cluster, such as `cluster.blocks.create_index`. */
  readonly cluster: readonly string[];
  /** Those of our indices that take no documents, each with its blocks. */
  readonly indices: readonly { readonly index: string; readonly blocks: readonly string[] }[];
  /** The index of now. */
  readonly today: string;
}

const NAMED = 5;

export const judgeBlocks = ({ cluster, indices, today }: BlockFacts): Finding => {
  if (cluster.length > 0)
    return fail(
      'opensearch-blocks',
      `the cluster has ${cluster.join(', ')}`,
      'find out who set it and why, then lift it with PUT /_cluster/settings; on Amazon look at the domain: too little disk or memory',
    );
  if (indices.length === 0) return ok('opensearch-blocks', 'no index of ours is blocked');
  const some = indices.slice(0, NAMED).map(({ index, blocks }) => `${index} (${blocks.join(', ')})`);
  const text = `blocked for writes: ${some.join(', ')}${indices.length > NAMED ? ` and ${indices.length - NAMED} more` : ''}`;
  const fix =
    'after making room, lift it: PUT /INDEX/_settings {"index.blocks.read_only_allow_delete": null}; late documents for an index that is meant to be read-only become dead letters after opensearch.retry_for';
  return (indices.some(({ index }) => index === today) ? fail : warn)('opensearch-blocks', text, fix);
};

/** The pool of a node that carries bulk requests. */
export interface WritePool {
  readonly node: string;
  readonly queue: number;
  readonly rejected: number;
}

export const judgeWrites = (pools: readonly WritePool[]): Finding => {
  if (pools.length === 0) return unseen('opensearch-writes', 'the nodes do not tell of their write threads');
  const sum = (what: 'queue' | 'rejected') => pools.reduce((total, pool) => total + pool[what], 0);
  const text = `${sum('queue')} writes wait, ${sum('rejected')} were rejected since the nodes started`;
  if (sum('rejected') === 0) return ok('opensearch-writes', text);
  const busiest = pools.toSorted((a, b) => b.rejected - a.rejected)[0];
  return warn(
    'opensearch-writes',
    `${text}, most by ${busiest?.node}`,
    'nothing is lost by it; if it goes on, lower opensearch.bulk_in_flight, add workers later than nodes, or give the cluster more of them',
  );
};
