import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startAsked } from './asked.ts';

/** What came of one invocation. */
export interface Invocation {
  /** The text of the answer. */
  readonly answer: string;
  readonly records: readonly { readonly recordId: string; readonly result: string; readonly data?: string }[];
  /** The lines that it logged. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

/** A function in a process of its own, as Lambda would run it. */
export interface LambdaFunction {
  /** How long its code took to load, milliseconds. */
  readonly initMs: number;
  /** Rejects with what the handler threw. */
  invoke(event: unknown, leftMs?: number): Promise<Invocation>;
  [Symbol.asyncDispose](): Promise<void>;
}

const RUNTIME = fileURLToPath(new URL('lambda-runtime.mjs', import.meta.url));
/** Firehose waits so long for a function. */
const LEFT_MS = 300_000;

/** Starts a function from a copy of its folder that stands alone; rejects with what it says when it does not start. */
export const startLambda = async (
  code: string,
  env: Readonly<Record<string, string>> = {},
): Promise<LambdaFunction> => {
  const folder = mkdtempSync(join(tmpdir(), 'shardline-lambda-'));
  cpSync(code, folder, { recursive: true });
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const asked = await startAsked(RUNTIME, { cwd: folder, env }).catch((thrown: unknown) => {
    remove();
    throw thrown;
  });
  return {
    initMs: Number(asked.hello.initMs),
    async invoke(event, leftMs = LEFT_MS) {
      const { answer, log } = await asked.ask({ event, leftMs });
      if (answer.error !== undefined) throw Object.assign(new Error(String(answer.error)), { code: answer.code });
      const text = String(answer.text);
      return { answer: text, records: JSON.parse(text).records, log };
    },
    async [Symbol.asyncDispose]() {
      await asked.close();
      remove();
    },
  };
};
