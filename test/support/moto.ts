import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from '../../src/local/machine.ts';
import { pythonPackages } from '../../src/local/python-packages.ts';
import { runFolder } from '../../src/local/run-folder.ts';
import { startServer } from '../../src/local/server.ts';

const beside = (name: string): string => fileURLToPath(new URL(`moto/${name}`, import.meta.url));

/** Every package it needs with its exact version. */
const REQUIREMENTS = beside('requirements.txt');
const START_WITHIN_MS = 60_000;

export interface MotoServer {
  readonly url: string;
  /** Nothing of it is on disk: it is killed. */
  stop(): Promise<void>;
}

/** Starts moto, which plays SQS, S3 and Firehose, on the loopback address; what is missing is downloaded first. */
export const startMoto = async (machine: Machine): Promise<MotoServer> => {
  const bin = await pythonPackages(machine, {
    name: 'moto',
    purpose: 'moto, which stands in for SQS, S3 and Firehose',
    requirements: REQUIREMENTS,
    size: '60 MB',
  });
  const folder = runFolder(machine, 'moto');
  machine.say('starting moto …');
  const { child, port } = await startServer(machine, {
    label: 'moto',
    command: join(bin, 'python'),
    args: [beside('serve.py')],
    env: { ...machine.env, PYTHONPATH: undefined, PYTHONHOME: undefined, PYTHONDONTWRITEBYTECODE: '1' },
    folder,
    startWithinMs: START_WITHIN_MS,
  });
  const url = `http://127.0.0.1:${port}`;
  machine.say(`moto answers on ${url}`);
  return {
    url,
    stop: async () => {
      await child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
