import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { arch, platform } from 'node:process';
import { ShardlineError } from '../../src/core/errors.ts';
import { onPath } from '../../src/local/jdk.ts';
import { withLock } from '../../src/local/lock.ts';
import type { Machine } from '../../src/local/machine.ts';
import { startChild } from '../../src/local/process.ts';
import { tail } from '../../src/local/server.ts';

const missing = (what: string): ShardlineError =>
  new ShardlineError(
    'SHARDLINE_LOCAL_TOOL_MISSING',
    `promtool is needed to test the rules of monitoring/, and ${what}: install Prometheus, which brings it (Debian, Ubuntu: apt install prometheus; macOS: brew install prometheus; any: https://prometheus.io/download), so that promtool is on the PATH.`,
  );

/** Runs a step of the installation in `work`; its end tells what to do when it fails. */
const step = async (machine: Machine, command: string, args: readonly string[], work: string): Promise<void> => {
  const logFile = join(work, 'install.log');
  const ending = await startChild({ command, args, cwd: work, env: machine.env, clock: machine.clock, logFile }).ended;
  if (ending === 'exit code 0') return;
  throw missing(
    `apt could not download and unpack it (${ending}):\n${tail(logFile, 10)}\nTry again when the network is back, or`,
  );
};

/** apt with lists and a cache of its own below `work`: needs no rights, and no list that is already there and may be old. */
const aptIn = (apt: string, work: string) => (machine: Machine, args: readonly string[]) => {
  const own = { 'Dir::State': 'state', 'Dir::Cache': 'cache', 'Dir::State::status': '/dev/null' };
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(work, folder), { recursive: true });
  const paths = Object.entries(own).map(([key, at]) => `${key}=${at.startsWith('/') ? at : join(work, at)}`);
  const options = [
    ...paths,
    'APT::Sandbox::User=',
    'Acquire::Retries=2',
    'Acquire::http::Timeout=20',
    'Acquire::Languages=none',
  ];
  return step(machine, apt, ['-q', ...options.flatMap((option) => ['-o', option]), ...args], work);
};

const make = async (machine: Machine, tools: { readonly apt: string; readonly dpkg: string }, folder: string) => {
  const work = `${folder}.${process.pid}.part`;
  // Under the lock nobody else is at it: what is unfinished was left by a run that was broken off.
  for (const name of readdirSync(dirname(folder)))
    if (name.startsWith('promtool') && name.endsWith('.part'))
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    machine.say('downloading promtool with apt (19 MB, once) …');
    const apt = aptIn(tools.apt, work);
    await apt(machine, ['update']);
    await apt(machine, ['download', 'prometheus']);
    const archive = readdirSync(work).find((name) => name.endsWith('.deb'));
    if (!archive) throw missing(`apt downloaded no package prometheus:\n${readFileSync(join(work, 'install.log'))}`);
    await step(machine, tools.dpkg, ['-x', archive, 'unpacked'], work);
    mkdirSync(join(work, 'done'));
    renameSync(join(work, 'unpacked', 'usr', 'bin', 'promtool'), join(work, 'done', 'promtool'));
    if (!existsSync(folder)) renameSync(join(work, 'done'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};

/**
 * Where promtool is: on the PATH, or unpacked once, without root, into the cache from the package of the Debian or Ubuntu
 * that this is, for its own processor.
 */
export const installPromtool = async (machine: Machine): Promise<string> => {
  const found = onPath('promtool', machine.env);
  if (found) return found;
  const folder = join(machine.cache, 'parts', `promtool-${platform}-${arch}`);
  if (!existsSync(folder)) {
    const [apt, dpkg] = [onPath('apt-get', machine.env), onPath('dpkg-deb', machine.env)];
    if (!apt || !dpkg) throw missing('neither it nor apt-get with dpkg-deb, which could fetch it, is on the PATH');
    await withLock(machine, join(machine.cache, 'parts', 'lock'), async () => {
      if (!existsSync(folder)) await make(machine, { apt, dpkg }, folder);
    });
  }
  return join(folder, 'promtool');
};
