import { hash } from 'node:crypto';

/** What is counted for each shard and day of arrival (UTC). */
export const COUNTS = [
  'records',
  'indexed',
  'duplicate',
  'dead_letter',
  'pending',
  'missing',
  'different',
  'unexpected',
] as const;

export type Count = (typeof COUNTS)[number];

/** The row of what no shard's records account for. */
const NOWHERE = '-';
const DAY_MS = 86_400_000;

export type Row = { readonly [K in Count]: number } & {
  readonly shard: string;
  /** `yyyy-mm-dd`, UTC. */
  readonly day: string;
  /** Over the documents that the stream promises, in any order: two audits of equal documents say the same. */
  readonly expected_digest: string;
  /** The same over the documents that the indices hold; equal to `expected_digest` where nothing is wrong. */
  readonly found_digest: string;
};

/** Exclusive or of hashes: the order in which documents come does not matter. */
class SetDigest {
  readonly #sum = Buffer.alloc(16);

  add(bytes: Uint8Array): void {
    for (let i = 0; i < this.#sum.length; i += 1) this.#sum[i] = (this.#sum[i] ?? 0) ^ (bytes[i] ?? 0);
  }

  text(): string {
    return this.#sum.toString('hex');
  }
}

interface Open {
  readonly shard: string;
  readonly day: string;
  readonly counts: Record<Count, number>;
  readonly expected: SetDigest;
  readonly found: SetDigest;
}

/** Where something is counted. */
export interface Where {
  readonly shard: string | undefined;
  readonly arrivedMs: number | undefined;
}

interface Body {
  readonly index: string;
  readonly id: string;
  readonly digest: string | undefined;
}

const hashOf = ({ index, id, digest }: Body): Uint8Array =>
  hash('sha256', `${index}\u0000${id}\u0000${digest ?? ''}`, 'buffer');

/** Counts and digests per shard and day of arrival. */
export class Tally {
  readonly #rows = new Map<string, Open>();

  count(what: Count, where: Where, times = 1): void {
    if (times > 0) this.#row(where).counts[what] += times;
  }

  /** The stream promises this document. */
  expected(where: Where, body: Body): void {
    this.#row(where).expected.add(hashOf(body));
  }

  /** An index holds this document. */
  found(where: Where, body: Body): void {
    this.#row(where).found.add(hashOf(body));
  }

  /** The stream promises this document, and its index holds it. */
  agreed(where: Where, body: Body): void {
    const { expected, found } = this.#row(where);
    const bytes = hashOf(body);
    expected.add(bytes);
    found.add(bytes);
  }

  /** By shard and day. */
  rows(): readonly Row[] {
    return [...this.#rows.values()]
      .sort((a, b) => (`${a.shard} ${a.day}` < `${b.shard} ${b.day}` ? -1 : 1))
      .map(({ shard, day, counts, expected, found }) => ({
        shard,
        day,
        ...counts,
        expected_digest: expected.text(),
        found_digest: found.text(),
      }));
  }

  totals(): { readonly [K in Count]: number } {
    const totals = zero();
    for (const { counts } of this.#rows.values()) for (const name of COUNTS) totals[name] += counts[name];
    return totals;
  }

  #row({ shard = NOWHERE, arrivedMs }: Where): Open {
    const key = `${shard} ${arrivedMs === undefined ? NOWHERE : Math.floor(arrivedMs / DAY_MS)}`;
    const known = this.#rows.get(key);
    if (known) return known;
    const day = arrivedMs === undefined ? NOWHERE : new Date(arrivedMs).toISOString().slice(0, 10);
    const row: Open = { shard, day, counts: zero(), expected: new SetDigest(), found: new SetDigest() };
    this.#rows.set(key, row);
    return row;
  }
}

const zero = (): Record<Count, number> => ({
  records: 0,
  indexed: 0,
  duplicate: 0,
  dead_letter: 0,
  pending: 0,
  missing: 0,
  different: 0,
  unexpected: 0,
});
