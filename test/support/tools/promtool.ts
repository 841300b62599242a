import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { installOnce, missing, runStep } from '../../../src/local/install-once.ts';
import { onPath } from '../../../src/local/jdk.ts';
import type { Machine } from '../../../src/local/machine.ts';

const NEEDED = 'promtool is needed to test the rules of monitoring/, and';
const GET_IT =
  'install Prometheus, which brings it (Debian, Ubuntu: apt install prometheus; macOS: brew install prometheus; any: https://prometheus.io/download), so that promtool is on the PATH.';

const step = (machine: Machine, command: string, args: readonly string[], work: string): Promise<void> =>
  runStep(machine, {
    command,
    args,
    env: machine.env,
    work,
    failed: {
      what: `${NEEDED} apt could not download and unpack it`,
      hint: `Try again when the network is back, or ${GET_IT}`,
    },
    doing: 'downloading promtool',
  });

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

const make = async (machine: Machine, tools: { readonly apt: string; readonly dpkg: string }, work: string) => {
  machine.say('downloading promtool with apt (19 MB, once) …');
  const apt = aptIn(tools.apt, work);
  await apt(machine, ['update']);
  await apt(machine, ['download', 'prometheus']);
  const archive = readdirSync(work).find((name) => name.endsWith('.deb'));
  if (!archive)
    throw missing(
      `${NEEDED} apt downloaded no package prometheus:\n${readFileSync(join(work, 'install.log'))}\n${GET_IT}`,
    );
  await step(machine, tools.dpkg, ['-x', archive, 'unpacked'], work);
  renameSync(join(work, 'unpacked', 'usr', 'bin', 'promtool'), join(work, 'promtool'));
  for (const name of readdirSync(work)) if (name !== 'promtool') rmSync(join(work, name), { recursive: true });
};

/**
 * Where promtool is: on the PATH, or unpacked once, without root, into the cache from the package of the Debian or Ubuntu
 * that this is, for its own processor.
 */
export const installPromtool = async (machine: Machine): Promise<string> => {
  const found = onPath('promtool', machine.env);
  if (found) return found;
  const folder = await installOnce(machine, {
    name: 'promtool',
    key: 'debian',
    make: async (work) => {
      const [apt, dpkg] = [onPath('apt-get', machine.env), onPath('dpkg-deb', machine.env)];
      if (!apt || !dpkg)
        throw missing(
          `${NEEDED} neither it nor apt-get with dpkg-deb, which could fetch it, is on the PATH: ${GET_IT}`,
        );
      await make(machine, { apt, dpkg }, work);
    },
  });
  return join(folder, 'promtool');
};
