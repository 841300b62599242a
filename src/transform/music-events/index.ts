import * as z from 'zod';
import { PoisonError } from '../../core/errors.ts';
import { defineTransform } from '../define.ts';
import { type MusicDocument, template } from './document.ts';
import { type Reading, reader } from './read.ts';
import { CANONICAL, SERVICE_LOG, type Shape } from './shape.ts';

/** The types of events that are plays. */
export const PLAYS: ReadonlySet<unknown> = new Set(['play', 'song_play']);

/** In UTC, whatever the machine's zone; the week begins with Monday, as in ISO-8601. */
const analyticsOf = (timestamp: Date, type: unknown, level: unknown): NonNullable<MusicDocument['analytics']> => ({
  hour_of_day: timestamp.getUTCHours(),
  day_of_week: timestamp.getUTCDay() || 7,
  is_play: PLAYS.has(type),
  is_paid: level === 'paid',
});

/** A log line has no id of its own; user, session and place within the session make one, and no two lines share it. */
const nameLogEvent = ({ event, user, interaction }: MusicDocument): { id: string; type: string } => ({
  id: `${user?.id ?? 'anonymous'}-${interaction?.session_id}-${interaction?.item_in_session}`,
  type: event?.page === 'NextSong' ? 'song_play' : 'page_view',
});

/** Completes what was just read, in place: nobody else holds it. */
const documentOf = ({ timestamp, document }: Reading, named?: { id: string; type: string }) => {
  const event = named ? { ...named, ...document.event } : (document.event ?? {});
  document.event = event;
  document.analytics = analyticsOf(timestamp, event.type, document.user?.level);
  return { ...(event.id !== undefined && { id: event.id }), timestamp, body: document };
};

const looksLike = (shape: Shape, value: object): boolean => shape.signs.some((key) => Object.hasOwn(value, key));

const NEITHER = [CANONICAL, SERVICE_LOG]
  .map(({ name, signs }) => `not a ${name} (it has none of ${signs.join(', ')})`)
  .join(' and ');

/** The built-in transform: two shapes of music events in, one kind of document out. See docs/transforms.md. */
export const musicEvents = defineTransform({
  name: 'music-events',
  options: z.strictObject({
    keep_names: z.boolean().default(false),
    repair_text: z.boolean().default(false),
  }),
  create(options) {
    const read = { keepNames: options.keep_names, repairText: options.repair_text };
    const readCanonical = reader(CANONICAL, read);
    const readLog = reader(SERVICE_LOG, read);
    return {
      template,
      apply({ value }) {
        if (typeof value !== 'object' || value === null)
          throw new PoisonError('music-events needs JSON objects; set decode to json or ndjson');
        const source = value as Readonly<Record<string, unknown>>;
        if (looksLike(CANONICAL, source)) return [documentOf(readCanonical(source))];
        if (!looksLike(SERVICE_LOG, source)) throw new PoisonError(NEITHER);
        const reading = readLog(source);
        return [documentOf(reading, nameLogEvent(reading.document))];
      },
    };
  },
});
