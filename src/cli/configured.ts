import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/tree.ts';
import type { Shell } from './shell.ts';

/** The configuration of a command that a person waits for, who is told of what looks wrong in it. */
export const configured = (shell: Shell, file: string | undefined): Config => {
  const { config, warnings } = loadConfig({ file, env: shell.env, cwd: shell.cwd });
  for (const warning of warnings) shell.note(`warning: ${warning}`);
  return config;
};
