import { expect, it } from 'vitest';
import type { LeaseRow } from '../../../src/lease/store.ts';
import { openVanished } from '../../../src/lease/vanished.ts';

const row: LeaseRow = {
  shardId: 's',
  checkpoint: { at: 'TRIM_HORIZON' },
  startMs: undefined,
  parents: [],
  hashRange: undefined,
  owner: undefined,
  checkpointOwner: undefined,
  given: false,
  counter: 0,
  children: [],
};
const none = { rows: [], workers: [], malformed: [] };
const broken = { ...none, malformed: [{ key: 's', problem: 'odd' }] };

it('a lease that vanished is due when it was seen to be gone all through the failover time', () => {
  const vanished = openVanished(10_000);
  vanished.see({ ...none, rows: [row] }, 0);
  const seen = [1_000, 9_000].map((nowMs) => vanished.see(none, nowMs));
  expect([seen, vanished.due(11_000), vanished.dueInMs(11_000), vanished.due(11_001)]).toEqual([
    [true, false],
    [],
    1,
    [row],
  ]);
});

it('a pause of our own in between begins the time anew: it may have been made, taken and deleted once more', () => {
  const vanished = openVanished(10_000);
  vanished.see({ ...none, rows: [row] }, 0);
  vanished.see(none, 1_000);
  expect(vanished.see(none, 60_000)).toBe(true);
  expect([vanished.due(70_000), vanished.due(70_001)]).toEqual([[], [row]]);
});

it('a row that cannot be read is there; its mending is news', () => {
  const vanished = openVanished(10_000);
  vanished.see({ ...none, rows: [row] }, 0);
  expect([vanished.see(broken, 1_000), vanished.due(60_000)]).toEqual([false, []]);
  expect(vanished.see({ ...none, rows: [row] }, 2_000)).toBe(true);
});
