import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/local/machine.ts';
import { startChild } from '../src/local/process.ts';
import { type Contender, figuresOf } from './contender.ts';
import { findPeer, type Peer } from './peers.ts';
import type { Stage } from './stage.ts';

const MEBIBYTE = 1024 ** 2;

/** A loop that ends by itself and prints its own figures as its last line. */
const loop =
  (name: string, file: string): Contender =>
  async (stage, { stream, events }, run) => {
    const logFile = join(stage.folder, `${name}-${run}.log`);
    let last = '';
    const begunMs = stage.machine.clock.now();
    const ending = await startChild({
      command: process.execPath,
      args: [file, stage.kinesisUrl, stream, stage.sinkUrl, String(events)],
      env: stage.machine.env,
      logFile,
      clock: stage.machine.clock,
      onLine: (line) => {
        last = line;
      },
    }).ended;
    const seconds = (stage.machine.clock.now() - begunMs) / 1000;
    if (ending !== 'exit code 0') throw new Error(`${name}: ${ending}\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
    const told = JSON.parse(last) as Readonly<Record<string, number>>;
    const peakRssBytes = told.peakRssBytes ?? (told.rss ?? Number.NaN) * MEBIBYTE;
    return figuresOf(events, seconds, told.cpuSeconds ?? told.cpu ?? Number.NaN, peakRssBytes);
  };

/** What carrying records costs without any promise. */
export const bareLoop = loop('bare-loop', join(packageRoot(), 'bench', 'processes', 'bare-loop.ts'));

const FLOOR = 'floor.mjs';
const FLOOR_FILES = [FLOOR, 'package.json'] as const;

/** Installs the packages that a loop of another's asks for, once. */
const install = async ({ machine, folder: logs }: Stage, { folder }: Peer, built: string): Promise<void> => {
  if (existsSync(join(built, 'node_modules', '.package-lock.json'))) return;
  machine.say('installing the packages of the floor (once) …');
  for (const file of FLOOR_FILES) writeFileSync(join(built, file), readFileSync(join(folder, file)));
  const logFile = join(logs, 'floor-npm.log');
  const args = ['install', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { env, clock } = machine;
  const ending = await startChild({ command: 'npm', args, cwd: built, env, logFile, clock }).ended;
  if (ending !== 'exit code 0')
    throw new Error(`npm install in ${built}: ${ending}\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);
};

/** Another's bare loop, to see that ours is no slow one; undefined where it does not stand beside the project. */
export const floorLoop = (): Contender | undefined => {
  const peer = findPeer('floor', FLOOR_FILES);
  if (!peer) return undefined;
  return async (stage, load, run) => {
    const built = peer.built(stage.machine);
    await install(stage, peer, built);
    return loop('floor', join(built, FLOOR))(stage, load, run);
  };
};
