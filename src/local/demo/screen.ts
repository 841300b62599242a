import type { Clock } from '../../core/clock.ts';

/** The part of an output stream that a screen needs. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Where a demo tells how it gets on. */
export interface Screen {
  /** A line that stays. */
  tell(line: string): void;
  /** The line at the bottom of a terminal, written over by the next; elsewhere a line of its own now and then. */
  live(line: string): void;
  /** The live line stays as it is; what follows stands below it. */
  leave(): void;
}

const PLAIN_EVERY_MS = 5_000;

/** Tells on stderr, so that stdout holds results only. */
export const screenOn = (output: Output, clock: Clock): Screen => {
  let shown = '';
  let plainMs = Number.NEGATIVE_INFINITY;
  const wipe = () => {
    if (shown !== '') output.write('\r\u001b[2K');
  };
  return {
    leave: () => {
      if (shown !== '') output.write('\n');
      shown = '';
    },
    tell: (line) => {
      wipe();
      output.write(`${line}\n`);
      if (shown !== '') output.write(shown);
    },
    live: (line) => {
      if (output.isTTY) {
        wipe();
        shown = line.slice(0, (output.columns ?? 80) - 1);
        output.write(shown);
      } else if (clock.now() - plainMs >= PLAIN_EVERY_MS) {
        plainMs = clock.now();
        output.write(`${line}\n`);
      }
    },
  };
};
