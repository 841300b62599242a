import type { ReplayNote } from '../../lease/dynamodb/replay-note.ts';
import { removeTemplate } from '../../sink/opensearch/template.ts';
import { asking } from './prepare.ts';
import type { Ending, Replay } from './replay.ts';
import { type Switched, switchAlias } from './switch.ts';

/** What a replay came to; counts are this process's own, unless they say otherwise. */
export interface ReplayReport {
  readonly replay: string;
  readonly from: string;
  readonly to: string;
  readonly into: string;
  readonly state: 'done' | 'stopped' | 'held';
  readonly shards: number;
  readonly shards_finished: number;
  readonly read: number;
  readonly indexed: number;
  readonly duplicates: number;
  readonly dead_letters: number;
  /** Of all processes of this replay, of all its runs. */
  readonly dead_letters_of_all: number;
  /** Shards of which records were trimmed before they were read. */
  readonly lost: readonly string[];
  readonly alias?: { readonly name: string } & Switched;
  /** Whether the lease table is deleted. */
  readonly table_deleted: boolean;
  /** What is not as it should be, for people; none: the replay is complete. */
  readonly problems: readonly string[];
}

const LOOK_MS = 1_000;
/** The failover times after which a process that shows nothing new is gone: it shows itself every one and a half. */
const GONE_AFTER = 3;

/** Waits until no other process of the replay is there: one that is would make the table anew, and begin again. */
const othersGone = async ({ worker, notes, shell }: Replay, signal: AbortSignal): Promise<void> => {
  const { store, clock, config } = worker;
  const list = () =>
    store.list(signal).catch(async (thrown: unknown) => {
      if (await notes.read()) throw thrown;
      return { workers: [] };
    });
  const text = async () => (await list()).workers.map(({ workerId, beat }) => workerId + beat).join();
  let seen = await text();
  if (seen !== '') {
    const seconds = Math.ceil((GONE_AFTER * config.leases.failoverMs) / 1_000);
    shell.tell(`waiting with the deletion until other processes of the replay are gone, or silent for ${seconds} s`);
  }
  for (let sinceMs = clock.now(); seen !== '' && clock.now() - sinceMs < GONE_AFTER * config.leases.failoverMs; ) {
    await clock.sleep(LOOK_MS, signal);
    const now = await text();
    if (now !== seen) sinceMs = clock.now();
    seen = now;
  }
};

const problemsOf = (replay: Replay, ending: Ending, note: Pick<ReplayNote, 'letters' | 'lost'>): readonly string[] => {
  if (ending === 'stopped') return ['stopped before the end; the same command goes on'];
  if (ending !== 'done') return [ending.held];
  const { letters, lost } = note;
  return [
    ...(lost.length > 0 ? [`records may have been trimmed before they were read, of ${lost.join(', ')}`] : []),
    ...(letters > 0 && !replay.options.allowLetters
      ? [`${letters} dead letters were written; look at them, and say --allow-letters if that is as it should be`]
      : []),
  ];
};

/** Ends a replay that is read: says what is wrong, else switches the alias and takes the table away, as asked. */
export const concludeReplay = async (replay: Replay, ending: Ending): Promise<ReplayReport> => {
  const { options, worker, notes } = replay;
  const { terms } = options;
  const never = new AbortController().signal;
  const note = await asking('the lease table cannot be read', async () => {
    if (ending === 'done') await notes.markDone();
    const { letters = 0, lost = [] } = (await notes.read()) ?? {};
    return { letters, lost: [...new Set([...lost, ...replay.lost])] };
  });
  const { client } = worker.sink;
  const isTemplated = terms.apart && options.live.opensearch.template === 'create';
  if (ending === 'done' && isTemplated) await removeTemplate(client, terms.application.toLowerCase(), never);
  const problems = [...problemsOf(replay, ending, note)];
  let alias: ReplayReport['alias'];
  if (terms.alias !== undefined && problems.length === 0) {
    const how = await switchAlias(client, terms.alias, terms, { stream: worker.stream, range: terms.range }, never);
    alias = { name: terms.alias, ...how };
    if ('refused' in how) problems.push(`the alias ${terms.alias} is not switched: ${how.refused}`);
  }
  const deleted = options.deleteTable && problems.length === 0;
  if (deleted)
    await asking(`the table ${terms.application} cannot be deleted`, async () => {
      await othersGone(replay, never);
      await notes.deleteTable();
    });
  return {
    ...countsOf(replay, ending),
    dead_letters_of_all: note.letters,
    lost: note.lost,
    ...(alias && { alias }),
    table_deleted: deleted,
    problems,
  };
};

const countsOf = ({ options, worker }: Replay, ending: Ending) => {
  const { application, range, config } = options.terms;
  const { leases, counts } = worker.board.status();
  const { read, indexed, duplicate, deadLettered } = worker.totals;
  return {
    replay: application,
    from: new Date(range.fromMs).toISOString(),
    to: new Date(range.toMs).toISOString(),
    into: config.index,
    state: typeof ending === 'string' ? ending : ('held' as const),
    shards: leases.length,
    shards_finished: counts.finished,
    read,
    indexed,
    duplicates: duplicate,
    dead_letters: deadLettered,
  };
};
