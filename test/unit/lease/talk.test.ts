import { describe, expect, it } from 'vitest';
import type { FleetTalk, FleetView } from '../../../src/lease/coordination.ts';
import { fleet, patient } from '../../support/coordinators.ts';
import { faultyLeaseStore } from '../../support/faulty-lease-store.ts';
import { shard } from '../../support/shard.ts';

/** Tells a number that grows, and keeps what it heard last. */
const talker = (name: string) => {
  let told = 0;
  let heard: FleetView | undefined;
  const talk: FleetTalk = {
    tell: () => {
      told += 1;
      return `${name}${told}`;
    },
    heard: (view) => {
      heard = view;
    },
  };
  return { talk, heard: () => heard, told: () => told };
};

describe('what workers tell each other', () => {
  it('is heard by all the others, with who is there and whose the work is', async () => {
    const { clock, worker, table } = fleet([shard('s0'), shard('s1'), shard('s2'), shard('child', 's0')]);
    const [ann, bo] = [talker('ann'), talker('bo')];
    const a = worker('a', patient, table, ann.talk);
    await clock.tick(5_000);
    expect(ann.heard()).toEqual({ workers: ['a'], tells: new Map(), owners: ['a', 'a', 'a'] });
    const b = worker('b', patient, table, bo.talk);
    await clock.tick(40_000);
    expect(ann.heard()).toMatchObject({ workers: ['a', 'b'], tells: new Map([['b', `bo${bo.told()}`]]) });
    expect(bo.heard()).toMatchObject({ workers: ['a', 'b'], tells: new Map([['a', `ann${ann.told()}`]]) });
    expect([...(bo.heard()?.owners ?? [])].sort()).toEqual([...(ann.heard()?.owners ?? [])].sort());
    expect(new Set(bo.heard()?.owners)).toEqual(new Set(['a', 'b']));
    b.stop.abort();
    await clock.tick(5_000);
    await b.ended;
    expect(ann.heard()).toMatchObject({ workers: ['a'], tells: new Map(), owners: ['a', 'a', 'a'] });
    a.stop.abort();
    await clock.tick(5_000);
    await a.ended;
  });

  it('costs no write: it goes with the row by which a worker shows itself', async () => {
    const showings = async (talk?: FleetTalk) => {
      const { clock, worker, table } = fleet([shard('s0')]);
      let shown = 0;
      const counted = faultyLeaseStore(table, (call) => {
        if (call === 'show') shown += 1;
        return undefined;
      });
      const a = worker('a', patient, counted, talk);
      await clock.tick(600_000);
      a.stop.abort();
      await clock.tick(5_000);
      await a.ended;
      return shown;
    };
    const ann = talker('ann');
    expect(await showings(ann.talk)).toBe(await showings());
    expect(ann.told()).toBeGreaterThan(30);
  });
});
