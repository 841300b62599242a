import { expect, it } from 'vitest';
import type { Clock } from '../../src/core/clock.ts';
import type { DeadLetter } from '../../src/core/letter.ts';
import { envelope } from '../../src/dead-letter/envelope.ts';
import type { LetterPlace } from '../../src/dead-letter/place.ts';
import { Redrive } from '../../src/dead-letter/redrive.ts';
import type { WholeLetter } from '../../src/dead-letter/sieve.ts';
import { seeded } from '../support/clock.ts';
import { letter } from '../support/letter.ts';

const SCHEDULES = 500;
const ALL = { sinceMs: Number.NEGATIVE_INFINITY, untilMs: Number.POSITIVE_INFINITY };
const never = new AbortController().signal;

/** What lies in the place and in the index of one schedule. */
class World {
  readonly bundles = new Map<string, string>();
  readonly indexed = new Set<string>();
  readonly ids = new Set<string>();
  readonly random: () => number;
  #names = 0;

  constructor(seed: number) {
    this.random = seeded(seed);
    const letters = Array.from({ length: 1 + this.below(60) }, (_, n) => letter(n, { stream: 's', arrivedMs: n }));
    for (let n = 0; n < letters.length; ) {
      const some = letters.slice(n, n + 1 + this.below(4));
      this.write(some);
      // At least once: some of it twice.
      if (this.below(3) === 0) this.write(some.slice(this.below(some.length)));
      n += some.length;
    }
    for (const each of letters) this.ids.add(idOf(each));
  }

  below(n: number): number {
    return Math.floor(this.random() * n);
  }

  write(letters: readonly DeadLetter[]): void {
    this.#names += 1;
    const lines = letters.map((each) => `${envelope(each, 'app', new Date(this.#names))}\n`);
    this.bundles.set(`${this.below(100)}-${this.#names}`, lines.join(''));
  }

  /** Every letter's event is in the index, or there is a letter of it. */
  missing(): readonly string[] {
    const text = [...this.bundles.values()].join('');
    const kept = new Set(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => idOf(JSON.parse(line))),
    );
    return [...this.ids].filter((id) => !this.indexed.has(id) && !kept.has(id));
  }
}

/** A letter's event, whatever its letters were for. */
const idOf = (each: { readonly sequenceNumber?: string; readonly sequence_number?: string }): string =>
  String(each.sequenceNumber ?? each.sequence_number);

/** The place as one redrive sees it: its process may die at any request, before or after it is done. */
const placeOf = (world: World, dies: () => boolean): LetterPlace & { alive(): boolean; die(): void } => {
  let dead = false;
  const step = async <T>(work: () => T): Promise<T> => {
    for (let turns = world.below(3); turns > 0; turns -= 1) await null;
    if (dead || dies()) dead = true;
    if (dead) throw new Error('died');
    const done = work();
    if (dies()) dead = true;
    if (dead) throw new Error('died');
    return done;
  };
  return {
    alive: () => !dead,
    die: () => {
      dead = true;
    },
    async *list() {
      for (let last = ''; ; ) {
        const name = await step(() => [...world.bundles.keys()].sort().find((each) => each > last));
        if (name === undefined) return;
        last = name;
        yield { name, bytes: world.below(2) * 1_000_000 };
      }
    },
    async *read({ name }) {
      const text = await step(() => world.bundles.get(name) ?? '');
      for (let from = 0; from < text.length; from += 300) yield Buffer.from(text.slice(from, from + 300));
    },
    async keep({ name }, lines) {
      const kept: string[] = [];
      for await (const line of lines) kept.push(`${line}\n`);
      if (kept.length === 0) return;
      await step(() => world.bundles.set(`${name}-rest-${kept.length}-${world.below(1_000_000)}`, kept.join('')));
    },
    add: async () => {},
    remove: (bundles) =>
      step(() => {
        for (const { name } of bundles) world.bundles.delete(name);
      }),
    close() {},
  };
};

/** One redrive, until its end or its process's. */
const redrive = async (world: World, run: number, badShare: number, deathShare: number): Promise<Redrive> => {
  const place = placeOf(world, () => world.random() < deathShare);
  const begunAt = new Date(run).toISOString();
  let nowMs = 0;
  const clock: Clock = { now: () => (nowMs += world.below(200)), wall: () => new Date(0), sleep: async () => {} };
  const underWay = new Set<Promise<void>>();
  const settle = async (one: WholeLetter, history: DeadLetter['history'], tell: (l: DeadLetter[]) => void) => {
    for (let turns = world.below(world.below(5) === 0 ? 500 : 20); turns > 0; turns -= 1) await null;
    if (!place.alive()) return;
    const isBad = world.random() < badShare;
    const again = letter(Number(one.sequenceNumber), { arrivedMs: one.arrivedMs, history });
    if (isBad) world.write([again]);
    else world.indexed.add(idOf(one));
    if (place.alive()) tell(isBad ? [again] : []);
  };
  const stop = new AbortController();
  const stopsAt = world.below(3) === 0 ? world.below(40) : Number.POSITIVE_INFINITY;
  const engine = new Redrive({
    place,
    bodies: { follow: async () => ({ unreadable: 'none' }), remove: async () => {} },
    selection: { application: 'app', stream: 's', ...ALL, ...(world.below(3) === 0 ? { untilMs: 25 } : {}) },
    begunAt,
    deliver: async (one, history, tell) => {
      const settled = settle(one, history, tell);
      underWay.add(settled);
      if (underWay.size > stopsAt) stop.abort();
    },
    idle: async () => void (await Promise.all(world.below(4) === 0 ? [] : underWay)),
    rate: undefined,
    onUnreadable() {},
    clock,
    stop: stop.signal,
    deadline: never,
    end: never,
  });
  await engine.run().catch((thrown: unknown) => {
    if (place.alive()) throw thrown;
  });
  // What it had still under way ends with it.
  place.die();
  return engine;
};

const schedule = async (seed: number): Promise<void> => {
  const world = new World(seed);
  for (let run = 1; run <= 4; run += 1) {
    const two = world.below(2) === 0;
    await Promise.all([redrive(world, 2 * run, 0.3, 0.05), ...(two ? [redrive(world, 2 * run + 1, 0.3, 0.05)] : [])]);
    expect(world.missing()).toEqual([]);
  }
  for (let tries = 0; world.bundles.size > 0 && tries < 20; tries += 1) await redrive(world, 100 + tries, 0, 0);
  expect([...world.bundles]).toEqual([]);
  expect([...world.indexed].sort()).toEqual([...world.ids].sort());
};

it(`a redrive loses no letter in ${SCHEDULES} schedules of deaths, stops, failures and two at once`, {
  timeout: 120_000,
}, async () => {
  for (let seed = 1; seed <= SCHEDULES; seed += 1)
    await schedule(seed).catch((thrown: unknown) => {
      throw new Error(`seed ${seed}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, { cause: thrown });
    });
});
