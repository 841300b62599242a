import { type Finding, fail, ok, warn } from './finding.ts';

/** What the lease table holds, beside the shards that the stream has. */
export interface LeaseFacts {
  readonly table: string;
  readonly leases: readonly { readonly shardId: string; readonly owner: string | undefined; readonly ended: boolean }[];
  readonly malformed: readonly { readonly key: string; readonly problem: string }[];
  /** Undefined where the stream could not be asked. */
  readonly shards: readonly { readonly id: string; readonly closed: boolean }[] | undefined;
}

const NAMED = 5;

const some = (names: readonly string[]): string =>
  names.length > NAMED ? `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more` : names.join(', ');

const judgeMalformed = ({ table, malformed }: LeaseFacts): readonly Finding[] => {
  if (malformed.length === 0) return [];
  const rows = some(malformed.map(({ key, problem }) => `"${key}" (${problem})`));
  const text = `rows of ${table} that cannot be read: ${rows}; nobody works on their shards`;
  return [
    fail(
      'lease-rows',
      text,
      'mend each row by hand, or remove it: a shard without a row begins at the configured start',
    ),
  ];
};

/** Leases of shards that the stream does not have, and did not end: another stream's, or one made anew. */
const judgeOrphans = ({ table, leases, shards }: LeaseFacts): readonly Finding[] => {
  if (!shards || leases.length === 0) return [];
  const known = new Set(shards.map(({ id }) => id));
  const orphans = leases.filter(({ shardId, ended }) => !ended && !known.has(shardId));
  if (orphans.length === 0) return [];
  const text = `leases in ${table} for shards that the stream does not have: ${some(orphans.map(({ shardId }) => shardId))}`;
  return orphans.length === leases.length
    ? [
        fail(
          'lease-rows',
          `${text}; the table belongs to another stream`,
          'choose an application of its own for each stream',
        ),
      ]
    : [
        warn(
          'lease-rows',
          text,
          'workers remove them once Kinesis has dropped the shards; if they stay, the stream was made anew',
        ),
      ];
};

export const judgeLeases = (facts: LeaseFacts): readonly Finding[] => {
  const wrong = [...judgeMalformed(facts), ...judgeOrphans(facts)];
  if (wrong.length > 0) return wrong;
  const { table, leases, shards } = facts;
  if (leases.length === 0) return [ok('lease-rows', `${table} holds no leases yet`)];
  const owners = new Set(leases.flatMap(({ owner, ended }) => (owner !== undefined && !ended ? [owner] : [])));
  const leased = new Set(leases.map(({ shardId }) => shardId));
  const without = shards?.filter(({ id, closed }) => !closed && !leased.has(id)).length ?? 0;
  const text = `leases in ${table}: ${leases.length}, held by workers: ${owners.size}${without > 0 ? `, open shards without one: ${without}` : ''}`;
  return [ok('lease-rows', text)];
};

export interface TableFacts {
  readonly table: string;
  /** ACTIVE, UPDATING, CREATING …; undefined where there is no such table. */
  readonly status: string | undefined;
  /** Why it is no lease table. */
  readonly trouble: string | undefined;
}

export const judgeTable = ({ table, status, trouble }: TableFacts): Finding => {
  if (trouble !== undefined) return fail('lease-table', trouble, 'choose another application, or remove that table');
  if (status === undefined)
    return ok(
      'lease-table',
      `the table ${table} is not there yet; a worker makes it, which takes dynamodb:CreateTable (not asked: it would make it)`,
    );
  if (status === 'ACTIVE' || status === 'UPDATING')
    return ok('lease-table', `the table ${table} is ${status}, and can be read and written`);
  return fail(
    'lease-table',
    `the table ${table} is ${status}`,
    'wait until it is ACTIVE, or make room for a new one of this name',
  );
};
