import { expect, test } from 'vitest';
import { type Account, closeAccount } from '../../../../src/local/demo/account.ts';

const sound: Account = {
  produced: 100,
  counts: { indexed: 90, duplicates: 7, letters: { 'decode-json': 2, 'transform-invalid': 1 }, lagSeconds: 0 },
  indicesBefore: new Map(),
  indices: new Map([
    ['music-events-2026.01.02', 80],
    ['music-events-2026.01.03', 10],
  ]),
  lettersOnDisk: { 'transform-invalid': 1, 'decode-json': 2 },
  expectedDocuments: 90,
  plays: undefined,
};

test('an account that adds up has a line per index, per reason and for the sum', () => {
  expect(closeAccount(sound)).toEqual({
    lines: [
      'music-events-2026.01.02  80',
      'music-events-2026.01.03  10',
      'dead letters, decode-json: 2',
      'dead letters, transform-invalid: 1',
      'sum: 90 indexed + 7 duplicates + 3 dead letters = 100 of 100 produced',
    ],
    wrong: [],
  });
});

test('documents of an OpenSearch that was there before are told apart', () => {
  const account = {
    ...sound,
    indicesBefore: new Map([['music-events-2026.01.03', 5]]),
    indices: new Map([
      ['music-events-2026.01.02', 80],
      ['music-events-2026.01.03', 15],
    ]),
  };
  const { lines, wrong } = closeAccount(account);
  expect(lines[1]).toBe('music-events-2026.01.03  15  (5 of them were there before)');
  expect(wrong).toEqual([]);
});

test.for([
  [{ produced: 101 }, 'events accounted for: 100, but produced: 101 (1 missing)'],
  [
    { indices: new Map([['music-events-x', 88]]) },
    'documents in OpenSearch: 88, but indexed by the worker: 90 (2 missing)',
  ],
  [{ lettersOnDisk: { 'decode-json': 4 } }, 'dead letters on disk: 4, but counted by the worker: 3 (1 too many)'],
  [{ expectedDocuments: 91 }, 'documents indexed: 90, but different sound events produced: 91 (1 missing)'],
] as const)('%o does not add up', ([change, complaint]) => {
  expect(closeAccount({ ...sound, ...change }).wrong).toEqual([complaint]);
});

test('nothing produced adds up to nothing', () => {
  const nothing = { indexed: 0, duplicates: 0, letters: {}, lagSeconds: 0 };
  const account = {
    ...sound,
    produced: 0,
    counts: nothing,
    indices: new Map(),
    lettersOnDisk: {},
    expectedDocuments: undefined,
  };
  expect(closeAccount(account)).toEqual({
    lines: ['sum: 0 indexed + 0 duplicates + 0 dead letters = 0 of 0 produced'],
    wrong: [],
  });
});

test('plays that Spark has counted are as many as were indexed', () => {
  const plays = { counted: 70, artists: 12, indexed: 70 };
  const { lines, wrong } = closeAccount({ ...sound, plays });
  expect(lines.at(-1)).toBe('trending: 70 plays of 12 artists, of 70 indexed');
  expect(wrong).toEqual([]);
  const fewer = closeAccount({ ...sound, plays: { ...plays, counted: 69 } });
  expect(fewer.wrong).toEqual(['plays counted by trending: 69, but plays indexed by the worker: 70 (1 missing)']);
});
