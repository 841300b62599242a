import { Command } from 'commander';
import type { ReplayReport } from '../app/replay/conclude.ts';
import { systemClock } from '../core/clock.ts';
import { CONFIG_OPTION } from './config-option.ts';
import { configured } from './configured.ts';
import { noteLog } from './note-log.ts';
import { parseReads } from './options.ts';
import type { Shell } from './shell.ts';
import { packageVersion } from './version.ts';

interface Options {
  readonly from: string;
  readonly to: string;
  readonly into?: string;
  readonly sameIndices?: true;
  readonly alias?: string;
  readonly name?: string;
  readonly readsPerSecond: number;
  readonly allowLetters?: true;
  readonly deleteTable?: true;
  readonly config?: string;
  readonly json?: true;
}

const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));

const summary = (report: ReplayReport): string => {
  const { replay, from, to, into, state, shards, shards_finished, read, indexed, duplicates, alias } = report;
  const lines = [
    `${replay}: ${state}; ${from} to ${to} into ${into}`,
    ...(shards > 0 ? [`${shards_finished} of ${shards} shards finished`] : []),
    `${read} records read, ${indexed} indexed, ${duplicates} duplicates, ${report.dead_letters} dead letters by this process`,
    `${report.dead_letters_of_all} dead letters by all processes`,
  ];
  if (alias && 'added' in alias)
    lines.push(
      `alias ${alias.name}: given to ${list(alias.added)}; taken from ${list(alias.removed)}; ` +
        `shows only what was not replayed of ${list(alias.narrowed)}`,
    );
  if (report.table_deleted) lines.push('the lease table is deleted');
  return lines.join('\n');
};

const run = async (shell: Shell, { config: file, json, ...asked }: Options): Promise<void> => {
  const config = configured(shell, file);
  const [{ termsOf }, { runReplay }, { loadTransform }] = await Promise.all([
    import('../app/replay/terms.ts'),
    import('../app/replay/replay.ts'),
    import('../transform/load.ts'),
  ]);
  const terms = termsOf(asked, config, systemClock.wall().getTime());
  const transform = await loadTransform(config.transform, config.transformOptions, shell.cwd);
  const report = await runReplay(
    {
      terms,
      live: config,
      transform,
      readsPerSecond: asked.readsPerSecond,
      allowLetters: asked.allowLetters === true,
      deleteTable: asked.deleteTable === true,
    },
    {
      version: packageVersion(),
      cwd: shell.cwd,
      pid: shell.pid,
      log: () => noteLog(shell.note),
      onStopSignal: shell.onStopSignal,
      tell: shell.note,
      live: shell.live,
    },
  );
  shell.live('');
  await shell.print(json ? JSON.stringify(report) : summary(report));
  for (const problem of report.problems) shell.note(`shardline: ${problem}`);
  if (report.problems.length > 0) shell.end(1);
};

/** `shardline replay`: a time range of the stream once more, through today's transform. */
export const replayCommand = (shell: Shell): Command =>
  new Command('replay')
    .description('run a time range of the stream again, under its own leases, into new indices or the gaps of the live')
    .requiredOption('--from <time>', 'records that arrived from then on, such as 2026-01-02T03:04:05Z')
    .requiredOption('--to <time>', 'and until before then')
    .option('--into <pattern>', 'new indices, such as music-events-v2-{yyyy.MM.dd}')
    .option('--same-indices', 'the live indices: what is there stays, what differs becomes a dead letter')
    .option('--alias <name>', 'at the end, show the new indices under this alias instead of those they replace')
    .option('--name <name>', 'part of the lease table’s name (default: made of range, index and transform)')
    .option('--reads-per-second <n>', 'reads of each shard; a live worker needs 4 of the 5 there are', parseReads, 1)
    .option('--allow-letters', 'dead letters do not make it fail')
    .option('--delete-table', 'delete its lease table at the end, if it went well')
    .option(...CONFIG_OPTION)
    .option('--json', 'print the summary as JSON')
    .action((options: Options) => run(shell, options));
