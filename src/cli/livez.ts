import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { systemClock } from '../core/clock.ts';
import { ShardlineError } from '../core/errors.ts';
import { CONFIG_OPTION } from './config-option.ts';
import type { Shell } from './shell.ts';

/** `shardline livez`: what a container's health check runs, where there is no shell and no curl. */
export const livezCommand = (shell: Shell): Command =>
  new Command('livez')
    .description('ask the worker on this machine whether its process is sound: for health checks of containers')
    .option(...CONFIG_OPTION)
    .action(async (options: { config?: string }) => {
      // The check that the image brings knows nothing of a file that only `run` was given.
      const { http } = loadConfig({ file: options.config, env: shell.env, cwd: shell.cwd, needs: [] }).config;
      if (http.port === 0)
        throw new ShardlineError(
          'SHARDLINE_USAGE',
          'http.port is 0, so the worker listens on a port that nobody else knows; give it a number to be asked there',
        );
      const { askLivez } = await import('../http/ask-livez.ts');
      const trouble = await askLivez(http, systemClock);
      if (trouble === undefined) return shell.print('live');
      shell.note(trouble);
      shell.end(1);
    });
