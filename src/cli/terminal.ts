import { once } from 'node:events';
import type { ExitCode, Shell } from './shell.ts';
import type { OnStopSignal } from './stop-signals.ts';

/** A shell on the process's own streams. */
export interface Terminal {
  readonly shell: Shell;
  /** Waits until everything printed has left the process. */
  flush(): Promise<void>;
  code(): ExitCode;
}

/** `head` and `less` close their end early: that is their right and no failure of ours. */
const isClosedPipe = (error: Error): boolean => 'code' in error && error.code === 'EPIPE';

const write = async (stream: NodeJS.WriteStream, text: string, unread: AbortSignal): Promise<void> => {
  if (unread.aborted || stream.write(text.endsWith('\n') ? text : `${text}\n`)) return;
  await once(stream, 'drain', { signal: unread }).catch(() => undefined);
};

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.writable) stream.write('', () => resolve());
    else resolve();
  });

/** Lines that stay, and below them one that does not, on a terminal. */
const screenOf = (output: NodeJS.WriteStream): Pick<Shell, 'note' | 'live'> => {
  let shown = '';
  const live = (text: string) => {
    if (!output.isTTY || text === shown) return;
    shown = text.slice(0, (output.columns || 80) - 1);
    output.write(`\r\u001b[2K${shown}`);
  };
  return {
    live,
    note: (text) => {
      const below = shown;
      live('');
      output.write(`${text}\n`);
      live(below);
    },
  };
};

/** Makes the shell of a process. */
export const terminalOf = (process: NodeJS.Process, onStopSignal: OnStopSignal): Terminal => {
  const unread = new AbortController();
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: Error) => {
      if (!isClosedPipe(error)) throw error;
      if (stream === process.stdout) unread.abort();
    });
  let ending: ExitCode = 0;
  const shell: Shell = {
    print: (text) => write(process.stdout, text, unread.signal),
    ...screenOf(process.stderr),
    unread: unread.signal,
    env: process.env,
    cwd: process.cwd(),
    pid: process.pid,
    terminal: process.stdout.isTTY === true,
    onStopSignal,
    end: (code) => {
      if (code > ending) ending = code;
    },
  };
  return {
    shell,
    flush: async () => {
      await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
    },
    code: () => ending,
  };
};
