import type { Random } from '../../core/clock.ts';
import { between, pick } from './dice.ts';
import type { MusicEvent } from './session.ts';

type Break = (fields: MusicEvent['fields'], random: Random) => string;

const without = (fields: MusicEvent['fields'], name: string): string =>
  JSON.stringify(Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name)));

const withValue = (fields: MusicEvent['fields'], name: string, value: unknown): string =>
  JSON.stringify({ ...fields, [name]: value });

/** How producers break events; none of these can ever become a document. */
const BREAKS: readonly [Break, ...Break[]] = [
  () => '',
  () => 'NaN',
  () => '<html><body>502 Bad Gateway</body></html>',
  (fields) => `${JSON.stringify(fields)},`,
  (fields, random) => {
    const text = JSON.stringify(fields);
    return text.slice(0, between(random, 1, text.length));
  },
  (fields) => JSON.stringify([fields]),
  (fields) => JSON.stringify(JSON.stringify(fields)),
  (fields) => without(fields, 'event_id'),
  (fields) => without(fields, 'event_type'),
  (fields) => without(fields, 'timestamp'),
  (fields) => withValue(fields, 'timestamp', 'yesterday evening'),
  (fields) => withValue(fields, 'timestamp', '2026-13-45T99:99:99Z'),
  (fields) => withValue(fields, 'event_id', { $oid: fields.event_id }),
  (fields) => withValue(fields, 'event_id', ''),
];

/** The event as a broken producer would have sent it. */
export const breakEvent = (random: Random, fields: MusicEvent['fields']): string =>
  pick(random, BREAKS)(fields, random);
