import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';

/** What a process said to one question: its answer, and the lines that it logged meanwhile. */
export interface Reply {
  readonly answer: Readonly<Record<string, unknown>>;
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/** A process that is asked by lines of JSON on stdin, and answers on file 3; END on stdout ends the log of each question. */
export interface Asked {
  /** What it said when it was ready. */
  readonly hello: Readonly<Record<string, unknown>>;
  ask(question: unknown): Promise<Reply>;
  close(): Promise<void>;
}

export interface AskedOptions {
  readonly cwd: string;
  /** Its whole environment: nothing of the tests' own. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a script that way; rejects with what it says when it does not start. */
export const startAsked = async (script: string, { cwd, env }: AskedOptions): Promise<Asked> => {
  const child = spawn(process.execPath, [script], { cwd, env, stdio: ['pipe', 'pipe', 'pipe', 'pipe'] });
  const told = child.stdio[3];
  if (!(told instanceof Readable)) throw new Error('file 3 of the process cannot be read');
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const answers = createInterface({ input: told })[Symbol.asyncIterator]();
  const logged = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Reply['answer']> => {
    const { value, done } = await answers.next();
    if (!done) return JSON.parse(value);
    throw new Error(`${script} ended: ${said.join('')}`);
  };
  const logOfOne = async (): Promise<Reply['log']> => {
    const entries: Readonly<Record<string, unknown>>[] = [];
    for (let line = await logged.next(); !line.done && line.value !== 'END'; line = await logged.next())
      entries.push(JSON.parse(line.value));
    return entries;
  };
  const close = async () => {
    const ended = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.stdin.end();
    await ended;
  };
  try {
    return {
      hello: await next(),
      async ask(question) {
        child.stdin.write(`${JSON.stringify(question)}\n`);
        return { answer: await next(), log: await logOfOne() };
      },
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
};
