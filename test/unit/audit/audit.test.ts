import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { Audit, type Settling } from '../../../src/audit/audit.ts';
import type { Expected, Found, Unreadable } from '../../../src/audit/entries.ts';
import type { Finding } from '../../../src/audit/finding.ts';
import { pick, seededRandom } from '../../../src/local/events/dice.ts';

const STREAM = 'events';
const DAY_MS = 86_400_000;

/** What happened to one record; each says how the audit must count it. */
const FATES = [
  'indexed',
  'indexed',
  'indexed',
  'sent-twice',
  'of-earlier-record',
  'letter',
  'poison-letter',
  'poison-lost',
  'pending',
  'missing',
  'no-index',
  'changed',
  'moved',
] as const;

const settled = async (audit: Audit, more: Partial<Settling> = {}): Promise<readonly Finding[]> => {
  const findings: Finding[] = [];
  await audit.settle({
    lookUp: async (documents) => documents.map(() => undefined),
    isPassed: () => true,
    signal: new AbortController().signal,
    onFinding: async (finding) => {
      findings.push(finding);
    },
    ...more,
  });
  return findings;
};

/** Its records come `times`, as those of an archive may. */
const openAudit = (times = 1): Audit & Disposable => {
  const audit = new Audit({ stream: STREAM, folder: tmpdir(), copies: times > 1 });
  const often = (take: () => void) => {
    for (let i = 0; i < times; i += 1) take();
  };
  return Object.assign(audit, {
    record: (each: Expected) => often(() => Audit.prototype.record.call(audit, each)),
    expect: (each: Expected) => often(() => Audit.prototype.expect.call(audit, each)),
    unreadable: (each: Unreadable) => often(() => Audit.prototype.unreadable.call(audit, each)),
    [Symbol.dispose](this: Audit) {
      this.close();
    },
  });
};

const storedOf = ({ index, id, digest, shard, sequenceNumber, arrivedMs }: Expected): Found => ({
  index,
  id,
  digest,
  stream: STREAM,
  shard,
  sequenceNumber,
  arrivedMs,
});

const BY_HAND: Found = {
  index: 'day-0',
  id: 'by-hand',
  digest: undefined,
  stream: undefined,
  shard: undefined,
  sequenceNumber: undefined,
  arrivedMs: undefined,
};

describe('an audit of both sides', () => {
  it.each([1, 3])(
    'counts and names exactly what happened, whatever happened, to records that come %i times',
    async (times) => {
      for (let seed = 1; seed <= 6; seed += 1) {
        const random = seededRandom(seed);
        using audit = openAudit(times);
        const earlier = new Map<string, Found>();
        const pending = new Set<string>();
        const named: string[] = [];
        const counted: Record<string, number> = {};
        const count = (what: string) => {
          counted[what] = (counted[what] ?? 0) + 1;
        };
        for (let n = 0; n < 1_500; n += 1) {
          const fate = pick(random, FATES);
          const place = {
            shard: `shard-${n % 3}`,
            sequenceNumber: `${100_000 + n}`,
            subSequenceNumber: 0,
            ordinal: 0,
            arrivedMs: Math.floor(random() * 3 * DAY_MS),
          };
          const document = {
            ...place,
            index: `${fate === 'no-index' ? 'gone' : 'day'}-${n % 2}`,
            id: `e${n}`,
            digest: `d${n}`,
          };
          audit.record(place);
          if (fate === 'poison-letter' || fate === 'poison-lost') {
            audit.unreadable({ ...place, reason: 'decode-json' });
            if (fate === 'poison-letter') audit.letter({ ...place, reason: 'decode-json' });
            if (fate === 'poison-lost') named.push(`missing ${place.sequenceNumber}`);
            count(fate === 'poison-letter' ? 'dead_letter' : 'missing');
            continue;
          }
          audit.expect(document);
          if (fate === 'indexed' || fate === 'sent-twice') audit.found(storedOf(document));
          if (fate === 'indexed' || fate === 'sent-twice') count('indexed');
          if (fate === 'sent-twice') {
            audit.expect({ ...document, sequenceNumber: `${900_000 + n}`, shard: 'shard-9' });
            count('duplicate');
          }
          if (fate === 'of-earlier-record') {
            earlier.set(document.id, { ...storedOf(document), sequenceNumber: '7', arrivedMs: -1 });
            count('duplicate');
          }
          if (fate === 'letter') audit.letter({ ...place, reason: 'sink-rejected' });
          if (fate === 'letter') count('dead_letter');
          if (fate === 'pending') pending.add(place.sequenceNumber);
          if (fate === 'pending') count('pending');
          if (fate === 'missing') named.push(`missing ${place.sequenceNumber}`);
          if (fate === 'missing' || fate === 'no-index') count('missing');
          if (fate === 'changed') audit.found({ ...storedOf(document), digest: 'other' });
          if (fate === 'moved') audit.found({ ...storedOf(document), id: `old-${n}` });
          if (fate === 'changed' || fate === 'moved') {
            named.push(`different ${place.sequenceNumber}`);
            count('different');
          }
        }
        audit.found(BY_HAND);
        named.push('unexpected undefined');
        count('unexpected');

        const findings = await settled(audit, {
          isPassed: ({ sequenceNumber }) => !pending.has(sequenceNumber),
          lookUp: async (documents) =>
            documents.map(({ index, id }) => (index.startsWith('gone') ? 'no-index' : earlier.get(id))),
        });
        const told = findings.map(({ verdict, sequence_number }) => `${verdict} ${sequence_number}`);
        expect(told.sort(), `seed ${seed}`).toEqual(named.sort());
        expect(audit.tally.totals(), `seed ${seed}`).toEqual({ records: 1_500, ...counted });
        const absent = [...audit.absentIndices.values()].reduce((sum, each) => sum + each, 0);
        expect(absent + named.filter((each) => each.startsWith('missing')).length).toBe(counted.missing);
      }
    },
  );

  it('has equal digests where nothing is wrong, in whatever order, and others where one document differs', async () => {
    const documents = Array.from({ length: 100 }, (_, n) => ({
      shard: 'shard-0',
      sequenceNumber: `${n}`,
      subSequenceNumber: 0,
      ordinal: 0,
      arrivedMs: 5,
      index: 'i',
      id: `e${n}`,
      digest: 'd',
    }));
    const rowOf = async (found: readonly Found[], expected: readonly Expected[] = documents) => {
      using audit = openAudit();
      for (const each of expected) audit.expect(each);
      for (const each of found) audit.found(each);
      await settled(audit);
      return audit.tally.rows()[0];
    };
    const sound = await rowOf(documents.map(storedOf));
    expect(sound?.found_digest).toBe(sound?.expected_digest);
    const reversed = await rowOf(documents.map(storedOf), documents.toReversed());
    expect(reversed?.expected_digest).toBe(sound?.expected_digest);
    for (const found of [documents.slice(1), documents.map((each, n) => (n === 7 ? { ...each, digest: 'x' } : each))]) {
      const row = await rowOf(found.map(storedOf));
      expect(row?.expected_digest).toBe(sound?.expected_digest);
      expect(row?.found_digest).not.toBe(sound?.found_digest);
    }
  });

  it('keeps the counts of shards and days apart', async () => {
    using audit = openAudit();
    const place = { sequenceNumber: '1', subSequenceNumber: 0, ordinal: 0, index: 'i', digest: 'd' };
    audit.expect({ ...place, shard: 'b', arrivedMs: DAY_MS - 1, id: 'x' });
    audit.expect({ ...place, shard: 'a', arrivedMs: DAY_MS, id: 'y' });
    audit.expect({ ...place, shard: 'b', arrivedMs: DAY_MS, id: 'z' });
    await settled(audit);
    expect(audit.tally.rows().map(({ shard, day, missing }) => [shard, day, missing])).toEqual([
      ['a', '1970-01-02', 1],
      ['b', '1970-01-01', 1],
      ['b', '1970-01-02', 1],
    ]);
  });
});
