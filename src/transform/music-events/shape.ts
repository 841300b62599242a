import { type FieldOf, type Group, KINDS, kindOf } from './document.ts';

type Value = string | number | boolean;

/** One field of an incoming event: where in the document it goes and how it is read. */
interface SourceField {
  readonly key: string;
  readonly group: Group;
  readonly field: string;
  readonly expected: string;
  readonly required: boolean;
  /** Written by people for people: what `repair_text` applies to. */
  readonly prose: boolean;
  /** A person's own name: dropped unless `keep_names`. */
  readonly personal: boolean;
  readonly read: (value: unknown) => Value | undefined;
}

type More = Partial<Pick<SourceField, 'expected' | 'required' | 'prose' | 'personal' | 'read'>>;

/** An incoming shape of event. */
export interface Shape {
  readonly name: string;
  /** Any of these keys makes an event one of this shape. */
  readonly signs: readonly string[];
  readonly timeKey: string;
  readonly fields: readonly SourceField[];
}

const field = <G extends Group>(key: string, group: G, name: FieldOf<G>, more: More = {}): SourceField => {
  const { expected, read } = kindOf(group, name);
  return { key, group, field: name, expected, required: false, prose: false, personal: false, read, ...more };
};

const REQUIRED: More = { required: true };
const PROSE: More = { prose: true };

/** Readings of fields that differ from their kind's own; the Spark jobs know them by these names. */
export const READINGS = {
  seconds: (value: unknown): number | undefined => {
    const ms = KINDS.float.read(value);
    return ms === undefined ? undefined : ms / 1000;
  },
  /** Some clients log the user agent with its quotes. */
  unquoted: (value: unknown): string | undefined => {
    const text = KINDS.keyword.read(value);
    return text && text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  },
  logged_in: (value: unknown): boolean | undefined => (typeof value === 'string' ? value === 'Logged In' : undefined),
} as const;

export const CANONICAL: Shape = {
  name: 'canonical event',
  signs: ['event_id', 'event_type'],
  timeKey: 'timestamp',
  fields: [
    field('event_id', 'event', 'id', REQUIRED),
    field('event_type', 'event', 'type', REQUIRED),
    field('artist_id', 'artist', 'id'),
    field('artist', 'artist', 'name', PROSE),
    field('song_id', 'song', 'id'),
    field('song', 'song', 'title', PROSE),
    field('duration_ms', 'song', 'duration_seconds', { expected: KINDS.float.expected, read: READINGS.seconds }),
    field('user_id', 'user', 'id'),
    field('level', 'user', 'level'),
    field('country', 'user', 'country'),
    field('session_id', 'interaction', 'session_id'),
    field('platform', 'interaction', 'platform'),
  ],
};

export const SERVICE_LOG: Shape = {
  name: 'streaming-service log event',
  signs: ['ts', 'page', 'sessionId', 'itemInSession'],
  timeKey: 'ts',
  fields: [
    field('page', 'event', 'page', REQUIRED),
    field('status', 'event', 'status'),
    field('method', 'event', 'method'),
    field('artist', 'artist', 'name', PROSE),
    field('song', 'song', 'title', PROSE),
    field('length', 'song', 'duration_seconds'),
    field('userId', 'user', 'id'),
    field('level', 'user', 'level'),
    field('gender', 'user', 'gender'),
    field('location', 'user', 'location', PROSE),
    field('registration', 'user', 'registered_at'),
    field('userAgent', 'user', 'agent', { read: READINGS.unquoted }),
    field('firstName', 'user', 'first_name', { prose: true, personal: true }),
    field('lastName', 'user', 'last_name', { prose: true, personal: true }),
    field('sessionId', 'interaction', 'session_id', REQUIRED),
    field('itemInSession', 'interaction', 'item_in_session', REQUIRED),
    field('auth', 'interaction', 'authenticated', { expected: 'text', read: READINGS.logged_in }),
  ],
};
