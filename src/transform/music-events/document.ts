import { isoTime } from '../../core/iso-time.ts';
import type { Transform } from '../../core/message.ts';
import { KEYWORD } from '../mapping.ts';
import { INSTANT_EXPECTED, readInstant } from './instant.ts';

/**
 * The kinds of fields: what OpenSearch makes of one, what an event must bring for it, and how that is read. `read`
 * answers undefined for what does not fit.
 */
export const KINDS = {
  keyword: {
    mapping: KEYWORD,
    expected: 'text, or a whole number of at most 2^53 - 1',
    read: (value: unknown): string | undefined =>
      typeof value === 'string' ? value : Number.isSafeInteger(value) ? String(value) : undefined,
  },
  whole: {
    mapping: { type: 'long' },
    expected: 'a whole number of at most 2^53 - 1',
    read: (value: unknown): number | undefined =>
      typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined,
  },
  float: {
    mapping: { type: 'float' },
    expected: 'a number that a 32-bit float can hold',
    read: (value: unknown): number | undefined =>
      typeof value === 'number' && Number.isFinite(Math.fround(value)) ? value : undefined,
  },
  flag: {
    mapping: { type: 'boolean' },
    expected: 'true or false',
    read: (value: unknown): boolean | undefined => (typeof value === 'boolean' ? value : undefined),
  },
  date: {
    mapping: { type: 'date' },
    expected: INSTANT_EXPECTED,
    read: (value: unknown): string | undefined => {
      const ms = readInstant(value);
      return ms === undefined ? undefined : isoTime(ms);
    },
  },
} as const;

/** Every field of a document but `@timestamp`, `ingest` and `extra`: the one definition of type, checks and mappings. */
export const FIELDS = {
  event: { id: 'keyword', type: 'keyword', page: 'keyword', status: 'whole', method: 'keyword' },
  artist: { id: 'keyword', name: 'keyword' },
  song: { id: 'keyword', title: 'keyword', duration_seconds: 'float' },
  user: {
    id: 'keyword',
    level: 'keyword',
    gender: 'keyword',
    location: 'keyword',
    registered_at: 'date',
    agent: 'keyword',
    country: 'keyword',
    first_name: 'keyword',
    last_name: 'keyword',
  },
  interaction: { session_id: 'keyword', item_in_session: 'whole', authenticated: 'flag', platform: 'keyword' },
  analytics: { hour_of_day: 'whole', day_of_week: 'whole', is_play: 'flag', is_paid: 'flag' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, keyof typeof KINDS>>>>;

type Fields = typeof FIELDS;
export type Group = keyof Fields;
export type FieldOf<G extends Group> = Extract<keyof Fields[G], string>;
type Kind = (typeof KINDS)[keyof typeof KINDS];
type ValueOf<K extends keyof typeof KINDS> = NonNullable<ReturnType<(typeof KINDS)[K]['read']>>;
type GroupOf<G extends Group> = {
  -readonly [F in FieldOf<G>]?: Fields[G][F] extends keyof typeof KINDS ? ValueOf<Fields[G][F]> : never;
};

/** A document of the `music-events` transform. What an event does not say is absent: no null, no empty text. */
export type MusicDocument = { -readonly [G in Group]?: GroupOf<G> } & {
  /** What the event said beyond the known fields; kept, not indexed. */
  extra?: Record<string, unknown>;
};

/** The kind of a field, as its path in the document says. */
export const kindOf = <G extends Group>(group: G, field: FieldOf<G>): Kind => {
  const kinds: Readonly<Record<string, keyof typeof KINDS>> = FIELDS[group];
  return KINDS[kinds[field] ?? 'keyword'];
};

const groupMapping = (kinds: Readonly<Record<string, keyof typeof KINDS>>): object => ({
  properties: Object.fromEntries(Object.entries(kinds).map(([field, kind]) => [field, KINDS[kind].mapping])),
});

/**
 * `dynamic: false`: an event with new fields never changes the mapping; they stay readable in `_source`. `enabled: false`
 * besides, or OpenSearch 3.8 would refuse events for the names of such fields (empty, ".a", "a..b") or lists 20 deep.
 */
export const template: NonNullable<Transform['template']> = {
  version: 2,
  mappings: {
    dynamic: false,
    properties: {
      ...Object.fromEntries(Object.entries(FIELDS).map(([group, kinds]) => [group, groupMapping(kinds)])),
      extra: { type: 'object', dynamic: false, enabled: false },
    },
  },
};
