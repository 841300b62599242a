import { Command, InvalidArgumentError } from 'commander';
import type { LetterJob } from '../app/letter-job.ts';
import { TARGETS } from '../config/letter-target.ts';
import { REASONS } from '../core/reasons.ts';
import { CONFIG_OPTION } from './config-option.ts';
import { configured } from './configured.ts';
import { noteLog } from './note-log.ts';
import { parseMoment, parseRate } from './options.ts';
import { summary, trialTeller } from './redrive-text.ts';
import type { Shell } from './shell.ts';
import { packageVersion } from './version.ts';

interface Options {
  readonly reason?: string;
  readonly since?: number;
  readonly until?: number;
  readonly shard?: string;
  readonly index?: string;
  readonly rate?: number;
  readonly spool?: string;
  readonly dryRun?: true;
  readonly config?: string;
  readonly json?: true;
}

const parseReason = (text: string): string => {
  if (REASONS.some((reason) => reason === text)) return text;
  throw new InvalidArgumentError(`Expected one of ${REASONS.join(', ')}.`);
};

const tryThem = async (shell: Shell, job: LetterJob, json: boolean): Promise<void> => {
  const { tryLetters } = await import('../app/try-letters.ts');
  const teller = trialTeller();
  const result = await tryLetters({
    ...job,
    cwd: shell.cwd,
    onStopSignal: shell.onStopSignal,
    async onTrial(trial) {
      const line = teller.line(trial);
      if (json) await shell.print(JSON.stringify(trial));
      else if (line !== undefined) await shell.print(line);
    },
  });
  if (json) shell.note(teller.summary(result));
  else await shell.print(teller.summary(result));
  if (result.stopped || result.unreadable > 0) shell.end(1);
};

const redriveThem = async (shell: Shell, job: LetterJob, rate: number | undefined, json: boolean): Promise<void> => {
  const { redriveLetters } = await import('../app/redrive.ts');
  const result = await redriveLetters({
    ...job,
    rate,
    version: packageVersion(),
    cwd: shell.cwd,
    pid: shell.pid,
    log: noteLog(shell.note),
    onProgress: ({ selected, delivered, failed }) =>
      shell.live(`${selected} letters, ${delivered} delivered, ${failed} failed again`),
    onStopSignal: shell.onStopSignal,
  });
  shell.live('');
  await shell.print(json ? JSON.stringify(result) : summary(result));
  if (result.stopped) shell.note('stopped before the end');
  if (result.stopped || result.failed > 0 || result.unreadable > 0) shell.end(1);
};

/** `shardline redrive`: dead letters through today's transform into the index. */
export const redriveCommand = (shell: Shell): Command =>
  new Command('redrive')
    .description("take dead letters through today's transform into the index; what gets there is removed")
    .argument('[from]', `where the letters are (default: dead_letter.to): ${TARGETS}`)
    .option('--reason <reason>', 'only letters with this reason', parseReason)
    .option(
      '--since <time>',
      'only records that arrived then or later: 2026-01-02T03:04:05Z, or how long ago: 24h',
      parseMoment,
    )
    .option('--until <time>', 'only records that arrived before then', parseMoment)
    .option('--shard <shard>', 'only records of this shard')
    .option('--index <index>', 'only letters whose document was to go into this index; * stands for anything')
    .option('--rate <n>', 'letters per second (default: as fast as OpenSearch takes them)', parseRate('letters'))
    .option('--spool <place>', 'where letters of a queue are put down first (default: dead_letter.large_to)')
    .option('--dry-run', "change nothing; say what today's transform would make of each letter")
    .option(...CONFIG_OPTION)
    .option('--json', 'print JSON: the counts, or with --dry-run a line for each letter')
    .action(async (from: string | undefined, options: Options) => {
      const { config: file, json, rate, since, until, dryRun, spool, ...filter } = options;
      const config = configured(shell, file);
      const narrowed = { ...filter, sinceMs: since, untilMs: until };
      const job: LetterJob = { config, from, spool, filter: narrowed, note: shell.note };
      if (dryRun) await tryThem(shell, job, json === true);
      else await redriveThem(shell, job, rate, json === true);
    });
