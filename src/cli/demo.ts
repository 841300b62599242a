import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { systemClock, systemRandom } from '../core/clock.ts';
import { describe, ShardlineError } from '../core/errors.ts';
import type { DemoOptions } from '../local/demo/demo.ts';
import type { ServeChart } from '../local/demo/trending.ts';
import type { Shell } from './shell.ts';

interface Flags {
  readonly once?: true;
  readonly events?: string;
  readonly opensearch?: string;
  readonly workers: string;
  readonly withSpark?: true;
}

/** The container image leaves behind what only the demo needs. */
const checkThatItIsHere = (): void => {
  if (existsSync(fileURLToPath(new URL('../local', import.meta.url)))) return;
  throw new ShardlineError(
    'SHARDLINE_LOCAL_TOOL_MISSING',
    'the demo is no part of the container image: "npm install shardline" and "npx shardline demo" run it on a machine with Node 24, a JDK and Maven',
  );
};

const checkUrl = (url: string | undefined): void => {
  if (url === undefined || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) return;
  const message = `--opensearch ${url} is no address; expected one such as http://127.0.0.1:9200`;
  throw new ShardlineError('SHARDLINE_USAGE', message);
};

const MOST_WORKERS = 8;

const workerCount = (text: string): number => {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MOST_WORKERS) return count;
  throw new ShardlineError('SHARDLINE_USAGE', `--workers ${text}: expected a whole number from 1 to ${MOST_WORKERS}`);
};

/** The first request to stop ends the demo in order, the second at once. */
const stopsOf = (shell: Shell): { readonly signal: AbortSignal; readonly hurry: AbortSignal } => {
  const stop = new AbortController();
  const hurry = new AbortController();
  shell.onStopSignal(() => {
    if (stop.signal.aborted) hurry.abort();
    stop.abort();
  });
  return { signal: stop.signal, hurry: hurry.signal };
};

/** Missing tools are told before anything is started or downloaded. */
const checkSpark = async (env: Shell['env']): Promise<void> => {
  const { findSparkTools } = await import('../local/spark/python.ts');
  try {
    findSparkTools(env);
  } catch (cause) {
    throw new ShardlineError('SHARDLINE_USAGE', `--with-spark cannot be: ${describe(cause)}`, { cause });
  }
};

const chartServer = async (): Promise<ServeChart> => {
  const [{ servePage }, { trendingPage }] = await Promise.all([
    import('../http/page-server.ts'),
    import('../http/trending-page.ts'),
  ]);
  return (chart) =>
    servePage(async () => trendingPage(await chart().catch((thrown) => ({ trouble: describe(thrown) }))));
};

const demoOptions = async (shell: Shell, flags: Flags): Promise<DemoOptions> => {
  const [{ localMachine }, { screenOn }, { demoKinesisClient }, { produce }, { eventFiles, eventLines }] =
    await Promise.all([
      import('../local/machine.ts'),
      import('../local/demo/screen.ts'),
      import('../local/demo/kinesis-client.ts'),
      import('../produce/produce.ts'),
      import('../produce/files.ts'),
    ]);
  // A path that is not there should be told before anything is started.
  if (flags.events !== undefined) await eventFiles(flags.events);
  if (flags.withSpark) await checkSpark(shell.env);
  const screen = screenOn(process.stderr, systemClock);
  return {
    machine: localMachine(shell.env, screen.tell),
    once: flags.once === true,
    lines: flags.events === undefined ? undefined : eventLines(flags.events),
    opensearchUrl: flags.opensearch,
    workers: workerCount(flags.workers),
    serveChart: flags.withSpark ? await chartServer() : undefined,
    screen,
    print: shell.print,
    ...stopsOf(shell),
    produce: async ({ kinesisUrl, stream }, lines, onSent, signal) => {
      const client = demoKinesisClient(kinesisUrl);
      await produce({
        client,
        stream,
        lines,
        clock: systemClock,
        random: systemRandom,
        signal,
        onProgress: ({ sent }) => onSent(sent),
        onRefused: ({ origin, reason }) => screen.tell(`${origin} cannot be put on the stream: ${reason}`),
      });
      client.destroy();
    },
  };
};

/** `shardline demo`: the whole thing on this machine. */
export const demoCommand = (shell: Shell): Command =>
  new Command('demo')
    .description('run everything on this machine: real parts, real workers, events; Ctrl-C stops it')
    .option('--once', 'end when every event is accounted for; exit 0 only if it all adds up')
    .option('--events <path>', 'events of your own: a file, or a folder of .json and .ndjson, one a line')
    .option('--workers <n>', 'how many workers share the stream', '2')
    .option('--opensearch <url>', 'use an OpenSearch that is there already')
    .option('--with-spark', 'add the Spark job trending; needs a JDK 17 and Python 3.11')
    .action(async (flags: Flags) => {
      checkThatItIsHere();
      checkUrl(flags.opensearch);
      const options = await demoOptions(shell, flags);
      const { runDemo } = await import('../local/demo/demo.ts');
      if (!(await runDemo(options))) shell.end(1);
    });
