import { createRequire } from 'node:module';
import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import type PinoPretty from 'pino-pretty';
import type { Log } from '../core/log.ts';

/** How and where to log. */
export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Whether a person watches: then lines are made readable, in this process (no worker thread to lose the last ones). */
  readonly terminal: boolean;
  /** Fields of every line: application, worker, … */
  readonly base: Readonly<Record<string, string | number>>;
  /** Takes the lines instead of stdout. */
  readonly output?: DestinationStream;
}

/** Written at once: nothing is lost when the process ends. */
const stdout = (): DestinationStream => destination({ dest: 1, sync: true });

const readable = (output: DestinationStream): DestinationStream => {
  // A worker that nobody watches does without its thirty modules.
  const { prettyFactory }: typeof PinoPretty = createRequire(import.meta.url)('pino-pretty');
  const format = prettyFactory({
    colorize: true,
    ignore: 'application,worker',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return {
    write: (line) => {
      output.write(format(line));
    },
  };
};

/** One JSON line per event on stdout; readable lines on a terminal. */
export const createLog = ({ level, terminal, base, output = stdout() }: LogOptions): Log =>
  pino(
    {
      level,
      base,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    terminal ? readable(output) : output,
  );
