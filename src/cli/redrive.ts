import { Command, InvalidArgumentError } from 'commander';
import type { RedriveResult } from '../app/redrive.ts';
import { TARGETS } from '../config/letter-target.ts';
import { loadConfig } from '../config/load.ts';
import { REASONS } from '../core/reasons.ts';
import { CONFIG_OPTION } from './config-option.ts';
import { noteLog } from './note-log.ts';
import { parseMoment, parseRate } from './options.ts';
import type { Shell } from './shell.ts';
import { packageVersion } from './version.ts';

interface Options {
  readonly reason?: string;
  readonly since?: number;
  readonly until?: number;
  readonly shard?: string;
  readonly index?: string;
  readonly rate?: number;
  readonly config?: string;
  readonly json?: true;
}

const parseReason = (text: string): string => {
  if (REASONS.some((reason) => reason === text)) return text;
  throw new InvalidArgumentError(`Expected one of ${REASONS.join(', ')}.`);
};

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const summary = ({ selected, delivered, failed, reasons, copies, foreign, unreadable, documents }: RedriveResult) => {
  const again = Object.entries(reasons).map(([reason, count]) => `${count} ${reason}`);
  const lines = [
    `${counted(selected, 'letter', 'letters')} redriven: ${delivered} delivered (${documents.indexed} documents indexed, ${documents.duplicate} were there), ${failed} failed again${again.length > 0 ? ` (${again.join(', ')})` : ''}`,
  ];
  if (copies > 0) lines.push(`${counted(copies, 'further copy', 'further copies')} of them removed`);
  if (foreign > 0) lines.push(`${counted(foreign, 'letter', 'letters')} of other applications or streams left alone`);
  if (unreadable > 0) lines.push(`${counted(unreadable, 'line', 'lines')} left that cannot be read`);
  return lines.join('\n');
};

/** `shardline redrive`: dead letters through today's transform into the index. */
export const redriveCommand = (shell: Shell): Command =>
  new Command('redrive')
    .description("take dead letters through today's transform into the index; what gets there is removed")
    .argument('[from]', `where the letters are (default: dead_letter.to): ${TARGETS}`)
    .option('--reason <reason>', 'only letters with this reason', parseReason)
    .option('--since <time>', 'only records that arrived then or later: 2026-01-02T03:04:05Z, or 24h ago', parseMoment)
    .option('--until <time>', 'only records that arrived before then', parseMoment)
    .option('--shard <shard>', 'only records of this shard')
    .option('--index <index>', 'only letters whose document was to go into this index; * stands for anything')
    .option('--rate <n>', 'letters per second (default: as fast as OpenSearch takes them)', parseRate('letters'))
    .option(...CONFIG_OPTION)
    .option('--json', 'print the counts as JSON')
    .action(async (from: string | undefined, { config: file, json, rate, since, until, ...filter }: Options) => {
      const { config } = loadConfig({ file, env: shell.env, cwd: shell.cwd });
      const { redriveLetters } = await import('../app/redrive.ts');
      const result = await redriveLetters({
        config,
        from,
        filter: { ...filter, sinceMs: since, untilMs: until },
        rate,
        version: packageVersion(),
        cwd: shell.cwd,
        pid: shell.pid,
        log: noteLog(shell.note),
        note: shell.note,
        onProgress: ({ selected, delivered, failed }) =>
          shell.live(`${selected} letters, ${delivered} delivered, ${failed} failed again`),
        onStopSignal: shell.onStopSignal,
      });
      shell.live('');
      await shell.print(json ? JSON.stringify(result) : summary(result));
      if (result.stopped) shell.note('stopped before the end');
      if (result.stopped || result.failed > 0 || result.unreadable > 0) shell.end(1);
    });
