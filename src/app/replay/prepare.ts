import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Config } from '../../config/tree.ts';
import { describe, ShardlineError } from '../../core/errors.ts';
import type { ReplayNote, ReplayNotes } from '../../lease/dynamodb/replay-note.ts';
import { indicesOf } from '../../sink/opensearch/aliases.ts';
import { installTemplate, PRIORITY } from '../../sink/opensearch/template.ts';
import { describeStream } from '../../source/kinesis/stream.ts';
import type { Worker } from '../assemble.ts';
import { refuseCollection } from '../collection.ts';
import { isServerless } from '../opensearch.ts';
import { templateOf } from '../template.ts';
import { reachOf } from './reach.ts';
import type { Horizon } from './reached.ts';
import { isMade } from './switch.ts';
import type { Terms } from './terms.ts';

export interface Preparation {
  readonly worker: Worker;
  readonly terms: Terms;
  /** The live configuration. */
  readonly live: Config;
  readonly notes: ReplayNotes;
  readonly cwd: string;
  readonly tell: (line: string) => void;
}

export interface Prepared extends Horizon {
  /** Whether an earlier run has done it all. */
  readonly done: boolean;
}

const refused = (message: string): ShardlineError => new ShardlineError('SHARDLINE_REPLAY_REFUSED', message);

/** What cannot be asked now cannot be replayed now: the person at the terminal decides when to try again. */
export const asking = async <T>(what: string, ask: () => Promise<T>): Promise<T> => {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof ShardlineError) throw cause;
    throw new ShardlineError('SHARDLINE_REPLAY_FAILED', `${what}: ${describe(cause)}`, { cause });
  }
};

/** A digest of the transform's own file; what it imports is not seen. */
const digestOf = async ({ transform }: Config, cwd: string): Promise<string> => {
  const file = await readFile(resolve(cwd, transform)).catch(() => transform);
  return createHash('sha256').update(file).digest('hex').slice(0, 16);
};

interface Written {
  readonly stream: string;
  readonly from: string;
  readonly to: string;
  readonly index: string;
  readonly transform: string;
}

const written = async ({ range, config }: Terms, cwd: string): Promise<Written> => ({
  stream: config.stream,
  from: new Date(range.fromMs).toISOString(),
  to: new Date(range.toMs).toISOString(),
  index: config.index,
  transform: await digestOf(config, cwd),
});

/** A name stands for one replay: another range or index under it would leave out what the first one has done. */
const compare = (note: ReplayNote, terms: Written, { application }: Terms, tell: Preparation['tell']): void => {
  const { transform: before, ...rest } = JSON.parse(note.terms) as Written;
  const { transform, ...ours } = terms;
  if (JSON.stringify(rest) !== JSON.stringify(ours))
    throw refused(
      `${application} is another replay: of ${rest.stream} from ${rest.from} to ${rest.to} into ${rest.index}; choose another --name`,
    );
  if (before !== transform)
    tell(
      'the transform has changed since this replay began: what was replayed before was made by the old one; to begin ' +
        'anew choose another --name, and another --into',
    );
};

/** Makes the table with its note, or finds them; where another process does the same, one of the two notes stays. */
const openTable = async ({ worker, terms, notes }: Preparation, ours: Written, stop: AbortSignal) => {
  await worker.store.prepare(stop);
  // The note is written before any lease: who sees a lease first, finds the note.
  const { rows, malformed } = await worker.store.list(stop);
  const note = await notes.read();
  if (!note && rows.length + malformed.length > 0)
    throw refused(`the table ${terms.application} holds leases that are no replay's; choose another --name`);
  if (!note) await notes.begin(JSON.stringify(ours));
  return { note: await notes.read(), rows };
};

const prepareTable = async (preparation: Preparation, stop: AbortSignal): Promise<Prepared> => {
  const { worker, terms, notes, cwd, tell } = preparation;
  const { stream } = terms.config;
  const before = await notes.read();
  const { retentionMs, createdMs } = await asking(`stream ${stream} cannot be asked`, () =>
    describeStream(worker.kinesis, stream, stop),
  );
  const nowMs = worker.clock.wall().getTime();
  const reach = reachOf({ range: terms.range, nowMs, retentionMs, createdMs, begun: before !== undefined });
  if (reach.refused !== undefined) throw refused(reach.refused);
  const ours = await written(terms, cwd);
  const { note, rows } = await openTable(preparation, ours, stop);
  if (note) compare(note, ours, terms, tell);
  const horizon = { oldestMs: Math.max(terms.range.fromMs, createdMs), retentionMs };
  if (note?.done) return { done: true, ...horizon };
  if (reach.warning !== undefined) tell(reach.warning);
  const notBegun = rows.filter(({ checkpoint }) => checkpoint.at === 'AT_TIMESTAMP').map(({ shardId }) => shardId);
  const lost = rows.length === 0 ? ['every shard'] : notBegun;
  if (reach.trimmed) for (const shardId of lost) await notes.addLost(shardId);
  return { done: false, ...horizon };
};

/** The new indices' template beats the live one's, which may match their names too; it goes when the replay is done. */
const prepareTemplate = async ({ worker, terms, live }: Preparation, stop: AbortSignal): Promise<void> => {
  if (live.opensearch.template !== 'create') return;
  const { client } = worker.sink;
  const { transform } = worker;
  const template = terms.apart
    ? { ...templateOf(terms.config, transform), priority: PRIORITY + 1 }
    : templateOf(live, transform);
  await installTemplate(client, template, stop);
};

/** An index that the replay would write into, and that carries the alias before its time. */
const shownAlready = async ({ worker, terms, live }: Preparation, stop: AbortSignal): Promise<string | undefined> => {
  if (terms.alias === undefined) return undefined;
  // What it cannot be asked to make visible, cannot be counted.
  if (isServerless(live)) throw refused('--alias: serverless collections have no refresh; switch the alias by hand');
  const isOurs = isMade(terms);
  return (await indicesOf(worker.sink.client, terms.alias, stop)).find(({ index }) => isOurs(index))?.index;
};

/** Checks what can be checked, and makes table and template. Throws where the replay cannot begin, or go on. */
export const prepareReplay = async (preparation: Preparation, stop: AbortSignal): Promise<Prepared> => {
  const { worker, terms, live, notes } = preparation;
  const table = `the table ${terms.application} cannot be used`;
  await refuseCollection(live, worker.log);
  const [named] = worker.transform.indices ?? [];
  if (terms.apart && named !== undefined)
    throw refused(
      `the transform names indices for its documents (${named}), which --into does not keep apart from the live ones; say --same-indices: versions make that safe`,
    );
  const shown = await shownAlready(preparation, stop);
  if (shown !== undefined && !(await asking(table, notes.read))?.done)
    throw refused(
      `the alias ${terms.alias} shows ${shown} already, and would show documents twice; choose another --into`,
    );
  const prepared = await asking(table, () => prepareTable(preparation, stop));
  if (!prepared.done) await prepareTemplate(preparation, stop);
  return prepared;
};
