import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

/** A `shardline demo` of its own process. */
export interface StartedDemo {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Ids of it and of everything it has started, by their parents. */
  family(): readonly number[];
}

const BIN = fileURLToPath(new URL('../../bin/shardline.js', import.meta.url));

const familyOf = (ancestor: number): number[] => {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  const pairs = rows.map((row) => row.trim().split(/\s+/).map(Number));
  const family = [ancestor];
  for (const member of family) family.push(...pairs.flatMap(([pid = 0, parent]) => (parent === member ? [pid] : [])));
  return family;
};

/** Starts the demo as a user would. */
export const startDemo = (args: readonly string[]): StartedDemo => {
  const child = spawn(execPath, [BIN, 'demo', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    text.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    text.stderr += chunk;
  });
  // A test that fails in the middle leaves no demo behind.
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    ended,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    family: () => familyOf(child.pid ?? -1),
  };
};

/** Waits for something on its stdout; fails with all it has said when it ends before that. */
export const untilSaid = async (demo: StartedDemo, pattern: RegExp, withinMs = 90_000): Promise<RegExpExecArray> =>
  until(() => {
    const said = pattern.exec(demo.stdout());
    if (!said && demo.child.exitCode !== null) throw new Error(`it ended: ${demo.stdout()}\n${demo.stderr()}`);
    return said;
  }, withinMs);
