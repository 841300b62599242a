import type { Log } from '../core/log.ts';

/** A log for a person at a terminal: warnings and errors as lines, each told once until another one comes. */
export const noteLog = (note: (text: string) => void): Log => {
  let told: string | undefined;
  const tell = (fields: object, message: string) => {
    const why = 'why' in fields ? fields.why : 'error' in fields ? fields.error : undefined;
    const text = why === undefined ? message : `${message}: ${String(why)}`;
    if (text !== told) note(text);
    told = text;
  };
  return { debug() {}, info() {}, warn: tell, error: tell };
};
