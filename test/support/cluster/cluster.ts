import type { Clock, Random } from '../../../src/core/clock.ts';
import type { Delivery } from '../../../src/core/delivery.ts';
import type { BulkAnswer, BulkTarget, Verdict } from '../../../src/sink/target.ts';

/** What a simulated cluster can do. Left out, a limit is not there. */
export interface ClusterOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Threads that write, and tasks that may wait for one of them. */
  readonly threads: number;
  readonly queue?: number;
  /** Primary shards of the one index: a request becomes one task for each that it has documents for. */
  readonly shards?: number;
  /** The way of a request and its answer together, milliseconds. */
  readonly wayMs: number;
  /** A task takes so long, and for each document so much longer, milliseconds. */
  readonly taskMs: number;
  readonly documentMs: number;
  /** By how much a task may be quicker or slower than that; 0.3 for 30 %. */
  readonly noise?: number;
  /** Bytes of requests in hand, of all who send: one more that does not fit is refused as a whole (429). */
  readonly memoryBytes?: number;
  /** A larger request is refused (413). */
  readonly requestBytes?: number;
  /** With so many tasks in hand, each takes so many times as long. */
  readonly strain?: (tasks: number) => number;
  /** Asked for with a 429 that is for a whole request. */
  readonly retryAfterMs?: number;
}

/** Counts of what was asked of it. */
export interface ClusterCounts {
  requests: number;
  taken: number;
  /** Documents that were refused, one by one or with their whole request. */
  refused: number;
  tooLarge: number;
}

export interface Cluster extends BulkTarget {
  readonly counts: ClusterCounts;
  /** How it is away: refusing connections at once, or answering nothing until the sender gives up. */
  away: 'refusing' | 'silent' | undefined;
  /** When each request came, while it is listened to. */
  arrivals: number[] | undefined;
}

const OK: Verdict = { status: 'ok' };
const FULL: Verdict = { status: 'retry', why: '429 es_rejected_execution_exception: the queue is full' };
const TIMEOUT_MS = 30_000;

/** A cluster of nothing but queues and time: it keeps no documents, and answers as OpenSearch does when it is busy. */
export const simulatedCluster = (options: ClusterOptions): Cluster => {
  const { clock, random, threads, queue = Infinity, shards = 1, wayMs, taskMs, documentMs } = options;
  const { noise = 0, memoryBytes = Infinity, requestBytes = Infinity, strain = () => 1, retryAfterMs } = options;
  const freeAt = new Array<number>(threads).fill(0);
  /** When tasks in hand begin and end. */
  let tasks: { readonly startMs: number; readonly endMs: number }[] = [];
  let bytesInHand = 0;

  /** When the task will be done; undefined when there is no place for it in the queue. */
  const work = (documents: number): number | undefined => {
    const nowMs = clock.now();
    tasks = tasks.filter(({ endMs }) => endMs > nowMs);
    if (tasks.filter(({ startMs }) => startMs > nowMs).length >= queue) return undefined;
    const thread = freeAt.indexOf(Math.min(...freeAt));
    const startMs = Math.max(nowMs, freeAt[thread] ?? 0);
    const factor = (1 + noise * (2 * random() - 1)) * strain(tasks.length + 1);
    const endMs = startMs + (taskMs + documentMs * documents) * factor;
    freeAt[thread] = endMs;
    tasks.push({ startMs, endMs });
    return endMs;
  };

  const write = async (batch: readonly Delivery[]): Promise<BulkAnswer> => {
    const counts = new Array<number>(shards).fill(0);
    for (const { recordIndex } of batch) counts[recordIndex % shards] = (counts[recordIndex % shards] ?? 0) + 1;
    const ends = counts.map((count) => (count === 0 ? clock.now() : work(count)));
    await clock.sleep(Math.max(0, ...ends.map((endMs) => (endMs ?? 0) - clock.now())));
    const items = batch.map(({ recordIndex }) => (ends[recordIndex % shards] === undefined ? FULL : OK));
    const refused = items.filter((item) => item === FULL).length;
    cluster.counts.refused += refused;
    cluster.counts.taken += items.length - refused;
    return { items };
  };

  const receive = async (batch: readonly Delivery[]): Promise<BulkAnswer> => {
    const bytes = batch.reduce((sum, delivery) => sum + delivery.bytes, 0);
    cluster.counts.requests += 1;
    cluster.arrivals?.push(clock.now());
    if (cluster.away === 'silent') await clock.sleep(TIMEOUT_MS);
    if (cluster.away) return { retry: cluster.away, isLate: cluster.away === 'silent' };
    if (bytes > requestBytes) {
      cluster.counts.tooLarge += 1;
      return { split: '413', tooLarge: true };
    }
    if (bytesInHand + bytes > memoryBytes) {
      cluster.counts.refused += batch.length;
      return { retry: '429', isBusy: true, ...(retryAfterMs === undefined ? {} : { afterMs: retryAfterMs }) };
    }
    bytesInHand += bytes;
    const answer = await write(batch);
    bytesInHand -= bytes;
    return answer;
  };

  const cluster: Cluster = {
    counts: { requests: 0, taken: 0, refused: 0, tooLarge: 0 },
    away: undefined,
    arrivals: undefined,
    write: async (batch) => {
      await clock.sleep(wayMs / 2);
      const answer = await receive(batch);
      await clock.sleep(wayMs / 2);
      return answer;
    },
    digests: async () => [],
  };
  return cluster;
};
