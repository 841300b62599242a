import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../../src/local/machine.ts';

interface ComposeVolume {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
}

export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string };
  readonly command?: readonly string[];
  readonly user?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly ComposeVolume[];
  readonly ports?: readonly { readonly host_ip?: string; readonly target: number }[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
}

/** What our compose file comes to, by the loader of docker compose itself. Rejects with what is wrong with it. */
export const composeServices = async (
  composeGo: string,
  file = join(packageRoot(), 'compose.yaml'),
): Promise<Readonly<Record<string, ComposeService>>> => {
  // What the user's own shell says must not find its way in.
  const { stdout } = await promisify(execFile)(composeGo, ['-format', 'json', file], {
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(stdout).services;
};
