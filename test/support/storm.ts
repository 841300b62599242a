import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { seededRandom } from '../../src/local/events/dice.ts';
import type { LetterFault } from '../contract/dead-letters.ts';
import { flood } from './flood.ts';
import type { LetterPlace } from './letter-places.ts';
import { writeTransform } from './matrix.ts';
import { type OwnOpenSearch, ownOpenSearch } from './own-opensearch.ts';
import { type Rig, rig } from './rig.ts';
import type { RigWorker } from './rig-worker.ts';
import { type Accounted, account, letterIds } from './storm-account.ts';
import { stormEvent } from './storm-events.ts';
import { until } from './until.ts';

const FAILOVER_MS = 3_000;
const FLOOD_MS = 2_000;
/** It takes one bulk at a time and lets one more wait: three workers are many for it, and a flood too many. */
const THROTTLED = { 'thread_pool.write.size': '1', 'thread_pool.write.queue_size': '1' };
const LETTER_FAULTS: readonly LetterFault[] = ['throttling', 'partial failure', 'outage', 'lost answers'];

export interface StormOptions {
  readonly seed: number;
  readonly workers: number;
  readonly shards: number;
  readonly events: number;
  readonly faults: number;
  /** Mean pause between two faults, milliseconds. */
  readonly everyMs: number;
  /** Where dead letters go: the workers in turn. */
  readonly places: readonly LetterPlace[];
  /** Told what happens, for whoever watches. */
  readonly say: (line: string) => void;
}

/** What a storm did and what it left behind. */
export interface StormReport {
  readonly faults: readonly string[];
  readonly documents: number;
  /** By their ids. */
  readonly letters: number;
}

type Fault = 'kill' | 'stop' | 'freeze';

class Storm {
  readonly #world: Rig;
  readonly #random: () => number;
  readonly #options: StormOptions;
  readonly #fleet: (RigWorker | undefined)[];
  readonly #thawing: Promise<void>[] = [];
  readonly faults: string[] = [];
  /** Bulk items that OpenSearch refused because it was busy. */
  throttled = 0;

  constructor(world: Rig, options: StormOptions) {
    this.#world = world;
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#fleet = Array.from({ length: options.workers }, (_, slot) => this.#begin(slot));
  }

  async rage(opensearch: OwnOpenSearch): Promise<void> {
    const { faults, everyMs } = this.#options;
    for (let n = 0; n < faults; n += 1) {
      await delay(everyMs * (0.5 + this.#random()));
      await this.#meddle();
      if (n === Math.floor(faults / 3) || n === Math.floor((2 * faults) / 3)) await this.#restart(opensearch);
      else await this.#strike();
      if (n % 5 === 1) await this.#flood(opensearch);
    }
    for (const place of this.#options.places) place.fault();
    this.throttled += await throttledBy(opensearch.url);
    await Promise.all(this.#thawing);
  }

  async calm(): Promise<void> {
    for (const worker of this.#fleet) if (worker) await this.#stop(worker);
  }

  /** One fault on one worker; whoever is gone is replaced at once, as an orchestrator would. */
  async #strike(): Promise<void> {
    const slots = this.#fleet.flatMap((worker, slot) => (worker ? [slot] : []));
    const slot = slots[Math.floor(this.#random() * slots.length)];
    const roll = this.#random();
    const fault: Fault = roll < 0.4 ? 'kill' : roll < 0.7 ? 'stop' : 'freeze';
    const worker = slot === undefined ? undefined : this.#fleet[slot];
    if (slot === undefined || !worker) return;
    this.#note(`worker ${slot}: ${fault}`);
    if (fault === 'freeze') {
      this.#thawing.push(this.#freeze(slot, worker));
      return;
    }
    if (fault === 'kill') await worker.child.kill();
    else await this.#stop(worker);
    this.#fleet[slot] = this.#begin(slot);
  }

  #begin(slot: number): RigWorker {
    const { places } = this.#options;
    const SHARDLINE_TRANSFORM = join(this.#world.folder, 'transform.mjs');
    const place = places[slot % places.length]?.environment;
    return this.#world.worker({ ...place, SHARDLINE_TRANSFORM, SHARDLINE_SHUTDOWN_TIMEOUT: '10s' });
  }

  async #restart(opensearch: OwnOpenSearch): Promise<void> {
    this.#note('OpenSearch is killed and started again');
    this.throttled += await throttledBy(opensearch.url);
    await opensearch.kill();
    await opensearch.start();
  }

  async #flood(opensearch: OwnOpenSearch): Promise<void> {
    this.#options.say('OpenSearch is flooded');
    await flood(opensearch, FLOOD_MS);
  }

  /** Until the next fault, dead letters meet one of their own, or none. */
  async #meddle(): Promise<void> {
    for (const place of this.#options.places) {
      // Taken out as they come: moto's queues get slow with every message in them.
      await place.read();
      const roll = Math.floor(this.#random() * 2 * LETTER_FAULTS.length);
      place.fault(LETTER_FAULTS[roll]);
    }
  }

  /** A process just begun hears no signal yet: whoever is stopped is up. */
  async #stop(worker: RigWorker): Promise<void> {
    await until(() => worker.log().includes('worker is up'), 30_000);
    worker.child.signal('SIGTERM');
    expect(await worker.child.ended, worker.log().slice(-2_000)).toBe('exit code 0');
  }

  /** Longer than the failover: its leases are taken meanwhile, and it wakes up with requests in its hands. */
  async #freeze(slot: number, worker: RigWorker): Promise<void> {
    this.#fleet[slot] = undefined;
    worker.child.signal('SIGSTOP');
    await delay(FAILOVER_MS * 3);
    worker.child.signal('SIGCONT');
    this.#fleet[slot] = worker;
  }

  #note(what: string): void {
    this.faults.push(what);
    this.#options.say(`fault ${this.faults.length}: ${what}`);
  }
}

/** Looks at what a storm has left, while it is still there. */
type After = (world: Rig, accounted: Accounted) => Promise<void>;

/** What was turned away since this OpenSearch started. */
const throttledBy = async (url: string): Promise<number> => {
  const answer = await fetch(`${url}/_nodes/stats/thread_pool?filter_path=nodes.*.thread_pool.write.rejected`);
  const { nodes } = (await answer.json()) as {
    nodes: Record<string, { thread_pool: { write: { rejected: number } } }>;
  };
  return Object.values(nodes).reduce((sum, node) => sum + node.thread_pool.write.rejected, 0);
};

/**
 * Real workers on a real OpenSearch that can take little, killed, stopped, frozen and thawed at random while events flow
 * and dead letters meet faults of their own. At the end every event is in its daily index exactly once with version 1,
 * and every poisoned record has its letter; throws otherwise.
 */
export const killStorm = async (options: StormOptions, after: After = async () => {}): Promise<StormReport> => {
  const { faults, everyMs, shards, places } = options;
  await using opensearch = await ownOpenSearch(THROTTLED);
  await using world = await rig({ shards, opensearchUrl: opensearch.url });
  writeTransform(world.folder);
  const events = Array.from({ length: options.events }, (_, n) => stormEvent(n));
  const storm = new Storm(world, options);
  const batch = Math.ceil(events.length / Math.max(1, (faults * everyMs) / 250));
  const feed = (async () => {
    for (let from = 0; from < events.length; from += batch) {
      await world.put(events.slice(from, from + batch).map(({ data }) => data));
      await delay(250);
    }
    return Date.now();
  })();
  await storm.rage(opensearch);
  const lastPutMs = await feed;
  options.say('all is on the stream');
  const poisoned = events.filter(({ becomes }) => 'reason' in becomes).length;
  await until(async () => (await world.count()) >= events.length - poisoned, 180_000, 500);
  options.say('all documents are there');
  await until(async () => (await letterIds(places)).size >= poisoned, 120_000, 2_000);
  options.say('all letters are there');
  await storm.calm();
  const accounted = await account(world, events, places);
  expect(storm.throttled).toBeGreaterThan(0);
  await after(world, { ...accounted, lastPutMs });
  return { faults: storm.faults, ...accounted };
};
