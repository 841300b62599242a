import { indexWildcards, namesOf } from '../../sink/index-pattern.ts';
import {
  type AliasedIndex,
  type AliasMove,
  indicesLike,
  indicesOf,
  moveAlias,
  type Origin,
  originsIn,
  refresh,
} from '../../sink/opensearch/aliases.ts';
import type { OpenSearchClient } from '../../sink/opensearch/client.ts';
import type { Terms } from './terms.ts';

/** An index with how many of its documents the replay has made anew, and how many come from elsewhere. */
export interface Counted extends AliasedIndex {
  readonly within: number;
  readonly others: number;
}

/**
 * What an alias has to show after a replay: the new indices, and of the old ones what the replay has not made anew. An
 * old index that it has made anew whole loses the alias; one that holds more, or is written to through the alias, shows
 * the rest, also what is still to come. New ones with documents of elsewhere might show those twice.
 */
export const planSwitch = (
  carriers: readonly Counted[],
  made: readonly Counted[],
): AliasMove | { readonly refused: string } => {
  if (made.length === 0) return { refused: 'the replay made no index' };
  const carried = new Set(carriers.map(({ index }) => index));
  const add = made.filter(({ index }) => !carried.has(index));
  const strange = add.filter(({ others }) => others > 0);
  if (strange.length > 0) {
    const each = strange.map(({ index, others }) => `${index} (${others})`).join(', ');
    return { refused: `new indices hold documents that this replay did not make, which it might show twice: ${each}` };
  }
  const fresh = new Set(made.map(({ index }) => index));
  const old = carriers.filter(({ index, within }) => within > 0 && !fresh.has(index));
  const stays = ({ others, settings }: Counted): boolean => others > 0 || settings.is_write_index === true;
  return {
    add: add.map(({ index }) => index),
    remove: old.filter((each) => !stays(each)).map(({ index }) => index),
    narrow: old.filter(stays).map(({ index, settings }) => ({ index, settings })),
  };
};

/** Whether an index is one that the replay makes. */
export const isMade = ({ config: { index, indexWindow } }: Terms): ((name: string) => boolean) => {
  const named = namesOf(index);
  return (name) => named(name) || name === indexWindow.outside.index;
};

/** What was switched, by names; or why nothing was. */
export type Switched =
  | { readonly added: readonly string[]; readonly removed: readonly string[]; readonly narrowed: readonly string[] }
  | { readonly refused: string };

const names = (indices: readonly AliasedIndex[]): readonly string[] => indices.map(({ index }) => index);

/** What has to be switched, by what is there now. */
const lookAt = async (
  client: OpenSearchClient,
  alias: string,
  terms: Terms,
  origin: Origin,
  signal: AbortSignal,
): Promise<ReturnType<typeof planSwitch>> => {
  const { index, indexWindow } = terms.config;
  const found = await indicesLike(client, indexWildcards(index, indexWindow.outside.index), signal);
  const made = found.filter(isMade(terms)).map((name): AliasedIndex => ({ index: name, settings: {} }));
  const carriers = await indicesOf(client, alias, signal);
  await refresh(client, [...new Set(names([...made, ...carriers]))], signal);
  const counted = async (indices: readonly AliasedIndex[]): Promise<readonly Counted[]> => {
    const all: Counted[] = [];
    for (const each of indices) all.push({ ...each, ...(await originsIn(client, each, origin, signal)) });
    return all;
  };
  return planSwitch(await counted(carriers), await counted(made));
};

/** Another process of the replay may do the same at the same time. */
const TRIES = 5;

/** Switches the alias as it has to be; one that is switched already is left as it is. */
export const switchAlias = async (
  client: OpenSearchClient,
  alias: string,
  terms: Terms,
  origin: Origin,
  signal: AbortSignal,
): Promise<Switched> => {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const plan = await lookAt(client, alias, terms, origin, signal);
    if ('refused' in plan) return plan;
    const { add, remove, narrow } = plan;
    const nothing = add.length + remove.length + narrow.length === 0;
    if (nothing || (await moveAlias(client, alias, plan, origin, signal)))
      return { added: add, removed: remove, narrowed: names(narrow) };
  }
  return { refused: 'it changed each time between a look at it and the switch' };
};
