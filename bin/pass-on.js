import { spawn } from 'node:child_process';
import process from 'node:process';
import { TETHER } from './tether.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

/** Ctrl-C reaches us from the terminal and once more from npm, which passes it on: one signal to the child. */
const SAME_SIGNAL_MS = 500;

/**
 * Stands in for a program run by another Node: same terminal, same signals, same exit code; nothing left when we go.
 * The child gets a process group of its own, so that a signal reaches it exactly once, through us, whether it was sent
 * to us, to our group or by npm. If we are killed, the channel between us breaks and the child ends itself (`tether`).
 */
export const passOn = (node, args, env) => {
  const child = spawn(node, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...env, [TETHER]: '1' },
    detached: true,
  });
  const lastMs = new Map();
  const forward = (signal) => {
    const nowMs = performance.now();
    if (nowMs - (lastMs.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MS) return;
    lastMs.set(signal, nowMs);
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  child.on('error', (error) => {
    process.stderr.write(`${node} cannot be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    for (const name of SIGNALS) process.off(name, forward);
    if (signal) process.kill(process.pid, signal);
    else process.exit(code ?? 1);
  });
  return child;
};
