import process from 'node:process';

/** The variable that ties a process to the one that started it: `1` by its IPC channel, `stdin` by that. */
export const TETHER = 'SHARDLINE_TETHER';

/** Each process started so leads a group of its own. */
const endGroup = () => process.kill(-process.pid, 'SIGKILL');

/** Ends this process and its group at once when the one it works for has been killed and could not end it. */
export const tether = () => {
  // biome-ignore lint/style/noProcessEnv: a word between two of our own processes, gone before anything else looks.
  const env = process.env;
  const tie = env[TETHER];
  delete env[TETHER];
  if (tie === 'stdin') {
    process.stdin.on('close', endGroup).resume();
    process.stdin.unref();
  }
  if (tie === '1' && process.channel) {
    process.on('disconnect', endGroup);
    process.channel.unref();
  }
};
