import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { seededRandom } from '../../src/local/events/dice.ts';
import { event } from './event.ts';
import { type OwnOpenSearch, ownOpenSearch } from './own-opensearch.ts';
import { type Rig, rig } from './rig.ts';
import type { RigWorker } from './rig-worker.ts';
import { until } from './until.ts';

const FAILOVER_MS = 3_000;
const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 0, 1);

export interface StormOptions {
  readonly seed: number;
  readonly workers: number;
  readonly shards: number;
  readonly events: number;
  readonly faults: number;
  /** Mean pause between two faults, milliseconds. */
  readonly everyMs: number;
  /** Told what happens, for whoever watches. */
  readonly say: (line: string) => void;
}

/** What a storm did and what it left behind. */
export interface StormReport {
  readonly faults: readonly string[];
  readonly documents: number;
}

type Fault = 'kill' | 'stop' | 'freeze';

/** Events spread over five days, so that their index can be told from their number. */
const eventAt = (n: number): string =>
  event(`e${n}`, { timestamp: new Date(FIRST_DAY_MS + (n % 5) * DAY_MS + n).toISOString() });

const indexOf = (prefix: string, n: number): string => `${prefix}-2026.01.0${(n % 5) + 1}`;

class Storm {
  readonly #world: Rig;
  readonly #random: () => number;
  readonly #options: StormOptions;
  readonly #fleet: (RigWorker | undefined)[];
  readonly #thawing: Promise<void>[] = [];
  readonly faults: string[] = [];

  constructor(world: Rig, options: StormOptions) {
    this.#world = world;
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#fleet = Array.from({ length: options.workers }, () => world.worker());
  }

  async rage(opensearch: OwnOpenSearch): Promise<void> {
    const { faults, everyMs } = this.#options;
    for (let n = 0; n < faults; n += 1) {
      await delay(everyMs * (0.5 + this.#random()));
      if (n === Math.floor(faults / 2)) {
        this.#note('OpenSearch is killed and started again');
        await opensearch.kill();
        await opensearch.start();
      } else await this.#strike();
    }
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
    this.#fleet[slot] = this.#world.worker();
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

/**
 * Real workers on a real OpenSearch, killed, stopped, frozen and thawed at random while events flow. At the end every
 * event is in its daily index exactly once with version 1, and nothing is dead-lettered; throws otherwise.
 */
export const killStorm = async (options: StormOptions): Promise<StormReport> => {
  const { events, faults, everyMs, shards } = options;
  await using opensearch = await ownOpenSearch();
  await using world = await rig({ shards, opensearchUrl: opensearch.url });
  const storm = new Storm(world, options);
  const batch = Math.ceil(events / Math.max(1, (faults * everyMs) / 250));
  const feed = (async () => {
    for (let from = 0; from < events; from += batch) {
      await world.put(Array.from({ length: Math.min(batch, events - from) }, (_, i) => eventAt(from + i)));
      await delay(250);
    }
  })();
  await storm.rage(opensearch);
  await feed;
  await until(async () => (await world.count()) >= events, 120_000, 250);
  await storm.calm();
  const found = new Map((await world.hits()).map((hit) => [`${hit.index}/${hit.id}`, hit.version]));
  const wrong = Array.from({ length: events }, (_, n) => `${indexOf(world.prefix, n)}/e${n}`).filter(
    (place) => found.get(place) !== 1,
  );
  expect(wrong).toEqual([]);
  expect(found.size).toBe(events);
  expect(world.letters()).toEqual([]);
  return { faults: storm.faults, documents: found.size };
};
