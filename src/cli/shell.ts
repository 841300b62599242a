import type { OnStopSignal } from './stop-signals.ts';

/** What the process ends with: done, failed, or wrongly asked. */
export type ExitCode = 0 | 1 | 2;

/** The terminal and the surroundings that a command works in. */
export interface Shell {
  /** One or more lines of data; waits while the reader is slow, and for nothing once the reader is gone. */
  print(text: string): Promise<void>;
  /** A line for the person at the terminal. */
  note(text: string): void;
  /** The line at the bottom of the terminal, written over by the next; '' clears it. Where nobody watches, nothing. */
  live(text: string): void;
  /** Whether nobody reads the data any more (`… | head`). */
  readonly unread: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly pid: number;
  /** Whether a person watches the data as it comes. */
  readonly terminal: boolean;
  readonly onStopSignal: OnStopSignal;
  /** How the process shall end when the command has returned; the gravest wins. */
  end(code: ExitCode): void;
}
