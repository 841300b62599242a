import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { systemClock, systemRandom } from '../core/clock.ts';
import type { Produced } from '../produce/produce.ts';
import { CONFIG_OPTION } from './config-option.ts';
import { parseRate } from './options.ts';
import type { Shell } from './shell.ts';

interface Options {
  readonly rate?: number;
  readonly config?: string;
  readonly json?: true;
}

const PROGRESS_MS = 5_000;
const REFUSALS_TOLD = 20;

/** Tells how far it is every few seconds, and of the first lines that are refused. */
const teller = (shell: Shell, stream: string) => {
  let toldMs = systemClock.now();
  let refusals = 0;
  return {
    onProgress: ({ sent, retried }: Produced) => {
      if (systemClock.now() - toldMs < PROGRESS_MS) return;
      toldMs = systemClock.now();
      shell.note(`${sent} events on ${stream} so far, ${retried} retries`);
    },
    onRefused: ({ origin, reason }: { readonly origin: string; readonly reason: string }) => {
      refusals += 1;
      if (refusals <= REFUSALS_TOLD) shell.note(`${origin} is left out: ${reason}`);
      if (refusals === REFUSALS_TOLD) shell.note('more such lines are only counted');
    },
  };
};

const summary = ({ sent, bytes, retried, refused }: Produced, stream: string): string =>
  `${sent} events (${bytes} bytes) put on ${stream}, ${retried} retries, ${refused} left out`;

/** `shardline produce`: the events of a file or a folder onto the configured stream. */
export const produceCommand = (shell: Shell): Command =>
  new Command('produce')
    .description('put events on the stream: a file, or a folder of .json and .ndjson, one event a line')
    .argument('<path>', 'file, or folder with .json and .ndjson files')
    .option('--rate <n>', 'events per second (default: as fast as the stream takes them)', parseRate('events'))
    .option(...CONFIG_OPTION)
    .option('--json', 'print the counts as JSON')
    .action(async (path: string, { rate, config: file, json }: Options) => {
      const { config } = loadConfig({ file, env: shell.env, cwd: shell.cwd, needs: ['stream'] });
      const [{ produce }, { eventLines }, { kinesisClient }] = await Promise.all([
        import('../produce/produce.ts'),
        import('../produce/files.ts'),
        import('../source/kinesis/client.ts'),
      ]);
      const stop = new AbortController();
      shell.onStopSignal(() => stop.abort());
      const produced = await produce({
        client: kinesisClient(),
        stream: config.stream,
        lines: eventLines(path),
        ...(rate === undefined ? {} : { rate }),
        clock: systemClock,
        random: systemRandom,
        signal: stop.signal,
        ...teller(shell, config.stream),
      });
      const { stream } = config;
      await shell.print(json ? JSON.stringify({ stream, ...produced }) : summary(produced, stream));
      if (stop.signal.aborted) shell.note('stopped before the end');
      if (stop.signal.aborted || produced.refused > 0) shell.end(1);
    });
