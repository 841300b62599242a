import { isDeepStrictEqual } from 'node:util';
import { Command } from 'commander';
import type { DryRun } from '../app/dry-run.ts';
import { loadConfig } from '../config/load.ts';
import { systemClock } from '../core/clock.ts';
import { eventLines } from '../produce/files.ts';
import { CONFIG_OPTION } from './config-option.ts';
import type { Shell } from './shell.ts';

interface Options {
  readonly against?: string;
  readonly config?: string;
}

/** What one record becomes, or undefined where two transforms agree on it. */
type Compare = (record: number, data: Uint8Array) => Promise<object | undefined>;

const difference =
  (mine: DryRun, theirs: DryRun): Compare =>
  async (record, data) => {
    const [{ documents, dead_letters }, other] = await Promise.all([mine(record, data), theirs(record, data)]);
    const before = { documents, dead_letters };
    const after = { documents: other.documents, dead_letters: other.dead_letters };
    return isDeepStrictEqual(before, after) ? undefined : { record, before, after };
  };

/** `shardline transform`: what the configured transform makes of raw records, or where another one differs. */
export const transformCommand = (shell: Shell): Command =>
  new Command('transform')
    .description('dry run: raw records in (a file or folder, one a line), documents or reasons out, as NDJSON')
    .argument('<path>', 'file, or folder with .json and .ndjson files')
    .option('--against <other>', 'another transform: print only the records on which the two differ')
    .option(...CONFIG_OPTION)
    .action(async (path: string, options: Options) => {
      const { config } = loadConfig({ file: options.config, env: shell.env, cwd: shell.cwd, needs: [] });
      const { dryRun } = await import('../app/dry-run.ts');
      const mine = await dryRun(config, config.transform, shell.cwd, systemClock);
      const run: Compare = options.against
        ? difference(mine, await dryRun(config, options.against, shell.cwd, systemClock))
        : mine;
      let record = 0;
      for await (const { data, bytes, origin } of eventLines(path)) {
        if (shell.unread.aborted) return;
        record += 1;
        if (bytes > data.byteLength) {
          shell.note(`${origin}: ${bytes} bytes are more than a record can hold; left out`);
          shell.end(1);
          continue;
        }
        const result = await run(record, data);
        if (result) await shell.print(JSON.stringify(result));
      }
    });
