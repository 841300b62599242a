import { DELIVERY } from '../delivery/settings.ts';
import { JOBS } from '../jobs/settings.ts';
import { MANAGED } from '../managed/settings.ts';
import { NETWORK } from '../network/settings.ts';
import { ALARMS } from '../observability/settings.ts';
import { SEARCH } from '../search/settings.ts';
import { SERVICE } from '../service/settings.ts';
import { STREAM } from '../stream/settings.ts';
import { COMMON, type Common } from './common.ts';
import type { Field, Values } from './field.ts';

/** The keys of each part, next to its constructs. */
const SECTIONS = {
  network: NETWORK,
  service: SERVICE,
  stream: STREAM,
  managed: MANAGED,
  search: SEARCH,
  jobs: JOBS,
  delivery: DELIVERY,
  alarms: ALARMS,
};

type Sections = { readonly [S in keyof typeof SECTIONS]: Values<(typeof SECTIONS)[S]> };

/** An environment's values, all checked. */
export type Settings = Common & Sections;

/** Every field by its whole key (`stream.mode`). */
export const FIELDS: ReadonlyMap<string, Field<unknown>> = new Map<string, Field<unknown>>([
  ...Object.entries(COMMON),
  ...Object.entries(SECTIONS).flatMap(([section, fields]) =>
    Object.entries(fields).map(([key, field]): [string, Field<unknown>] => [`${section}.${key}`, field]),
  ),
]);

export const isSection = (key: string): boolean => Object.hasOwn(SECTIONS, key);

/** From values by whole key, each read by its field. */
export const settingsOf = (values: ReadonlyMap<string, unknown>): Settings => {
  const tree: Record<string, unknown> = {};
  for (const [key, value] of values) {
    const [section = '', name] = key.split('.');
    if (name === undefined) tree[section] = value;
    else tree[section] = { ...(tree[section] ?? {}), [name]: value };
  }
  // The one place where the table of fields meets its type: every key of FIELDS is there, read by its own field.
  return tree as unknown as Settings;
};
