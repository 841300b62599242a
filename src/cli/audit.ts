import { tmpdir } from 'node:os';
import { Command } from 'commander';
import type { Finding } from '../audit/finding.ts';
import { systemClock, systemRandom } from '../core/clock.ts';
import { auditSummary, findingLine, isAccounted } from './audit-text.ts';
import { CONFIG_OPTION } from './config-option.ts';
import { configured } from './configured.ts';
import { noteLog } from './note-log.ts';
import { parseMoment, parseReads } from './options.ts';
import type { Shell } from './shell.ts';
import { packageVersion } from './version.ts';

interface Options {
  readonly from: number;
  readonly to: number;
  readonly archive?: readonly string[];
  /** False: none are read. */
  readonly letters?: readonly string[] | boolean;
  readonly otherStream?: readonly string[];
  readonly readsPerSecond: number;
  readonly contents?: true;
  readonly repair?: true;
  readonly config?: string;
  readonly json?: true;
}

/** So many findings of a kind are named in text; JSON names all. */
const NAMED = 100;

const gather = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** Names findings as they come; in text the first of each kind. */
const findingTeller = (shell: Shell, json: true | undefined) => {
  const told = { missing: 0, different: 0, unexpected: 0 };
  return async (finding: Finding): Promise<void> => {
    told[finding.verdict] += 1;
    if (json) await shell.print(JSON.stringify({ kind: 'finding', ...finding }));
    else if (told[finding.verdict] <= NAMED) await shell.print(findingLine(finding));
    else if (told[finding.verdict] === NAMED + 1)
      await shell.print(`more are ${finding.verdict}; --json names all of them`);
  };
};

/** None given: those that the configuration names. None wanted: an empty list. */
const placesOf = (letters: Options['letters']): readonly string[] | undefined => {
  if (letters === false) return [];
  return typeof letters === 'object' ? letters : undefined;
};

/** `shardline audit`: what arrived, compared with the indices and the dead letters. */
export const auditCommand = (shell: Shell): Command =>
  new Command('audit')
    .description(
      'compare the stream, or its archive, with indices and dead letters: what is missing, different or unexpected',
    )
    .requiredOption(
      '--from <time>',
      'first arrival on the stream: 2026-01-02T03:04:05Z, 2026-01-02, or how long ago: 24h',
      parseMoment,
    )
    .requiredOption('--to <time>', 'arrivals before this time', parseMoment)
    .option(
      '--archive <place>',
      'read the records from what the service has archived instead of the stream: s3://…, file:DIR; repeatable',
      gather,
    )
    .option('--letters <place>', 'read letters here instead of dead_letter.to: s3://…, file:DIR; repeatable', gather)
    .option('--no-letters', 'read no dead letters: what they hold is then missing')
    .option('--other-stream <name>', 'leave out documents of a stream that shares the indices; repeatable', gather)
    .option('--reads-per-second <n>', 'reads of each shard; a live worker needs 4 of the 5 there are', parseReads, 1)
    .option('--contents', 'compare what documents hold, not only the digests that they carry')
    .option('--repair', 'deliver what is missing again; changes and deletes nothing that is there')
    .option(...CONFIG_OPTION)
    .option('--json', 'print each finding, and at the end the report, as a line of JSON')
    .action(
      async ({
        config: file,
        json,
        from,
        to,
        archive,
        letters,
        otherStream,
        readsPerSecond,
        contents,
        repair,
      }: Options) => {
        const config = configured(shell, file);
        const { runAudit } = await import('../app/audit/run.ts');
        const stop = new AbortController();
        shell.onStopSignal(() => stop.abort());
        const report = await runAudit(config, {
          options: {
            range: { fromMs: from, toMs: to },
            archive,
            letters: placesOf(letters),
            otherStreams: otherStream ?? [],
            contents: contents === true,
            readsPerSecond,
            repair: repair && { version: packageVersion(), pid: shell.pid },
          },
          shell: {
            cwd: shell.cwd,
            folder: tmpdir(),
            log: noteLog(shell.note),
            onProgress: (what, records) => shell.live(records > 0 ? `${what}: ${records} records` : what),
            onFinding: findingTeller(shell, json),
            signal: AbortSignal.any([stop.signal, shell.unread]),
            clock: systemClock,
            random: systemRandom,
          },
        }).finally(() => shell.live(''));
        if (!report) {
          shell.note('stopped before the end: nothing is concluded');
          return shell.end(1);
        }
        const accounted = isAccounted(report);
        await shell.print(json ? JSON.stringify({ kind: 'report', accounted, ...report }) : auditSummary(report));
        if (!accounted) shell.end(1);
      },
    );
