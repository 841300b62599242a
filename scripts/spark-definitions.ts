import { ITEM_ROWS, REQUEST_ROWS, type Row } from '../src/sink/verdict-table.ts';
import { FIELDS, type Group, KINDS, kindOf } from '../src/transform/music-events/document.ts';
import { PLAYS } from '../src/transform/music-events/index.ts';
import { INSTANT_EXPECTED } from '../src/transform/music-events/instant.ts';
import { CANONICAL, READINGS, SERVICE_LOG, type Shape } from '../src/transform/music-events/shape.ts';

const nameOf = (named: object, value: unknown): string | undefined =>
  Object.entries(named).find(([, each]) => each === value)?.[0];

/** How a field is read: by the name of its kind, or by that of its own reading. */
const readingOf = ({ key, group, field, read }: Shape['fields'][number]): string => {
  const reading = read === kindOf(group, field as never).read ? undefined : nameOf(READINGS, read);
  const kind = (FIELDS[group] as Readonly<Record<string, string>>)[field];
  const name = reading ?? (read === KINDS[kind as keyof typeof KINDS].read ? kind : undefined);
  if (name === undefined)
    throw new Error(`the reading of ${key} has no name in READINGS: the Spark jobs cannot know it`);
  return name;
};

const shapeOf = (shape: Shape): object => ({
  name: shape.name,
  signs: shape.signs,
  time_key: shape.timeKey,
  fields: shape.fields.map((each) => {
    const { key, group, field, expected, required, prose, personal } = each;
    return { key, group, field, reading: readingOf(each), expected, required, prose, personal };
  }),
});

/** What the Spark jobs know of events: streaming-jobs/shardline_jobs/events.schema.json. */
export const eventSchema = (): object => ({
  about: 'Made by scripts/generate.mjs from src/transform/music-events. Do not edit.',
  instant_expected: INSTANT_EXPECTED,
  plays: [...PLAYS],
  kinds: Object.fromEntries(
    Object.entries(KINDS).map(([name, { mapping, expected }]) => [name, { mapping, expected }]),
  ),
  fields: FIELDS satisfies Record<Group, object>,
  shapes: [shapeOf(CANONICAL), shapeOf(SERVICE_LOG)],
});

const rowsOf = (rows: readonly Row<string>[]): object[] =>
  rows.map(([name, statuses, words, action]) => ({ name, statuses, words, action }));

/** How the Spark jobs sort OpenSearch's answers: streaming-jobs/shardline_jobs/verdicts.json. */
export const verdicts = (): object => ({
  about: 'Made by scripts/generate.mjs from src/sink/verdict-table.ts. Do not edit.',
  items: rowsOf(ITEM_ROWS),
  requests: rowsOf(REQUEST_ROWS),
});
