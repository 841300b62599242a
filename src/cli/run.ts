import { Command } from 'commander';
import { loadConfig } from '../config/load.ts';
import { CONFIG_OPTION } from './config-option.ts';
import type { Shell } from './shell.ts';
import { packageVersion } from './version.ts';

/** `shardline run`: the service, until it is told to stop. */
export const runCommand = (shell: Shell): Command =>
  new Command('run')
    .description('run the service until SIGTERM or Ctrl-C')
    .option(...CONFIG_OPTION)
    .action(async (options: { config?: string }) => {
      const { config, warnings } = loadConfig({ file: options.config, env: shell.env, cwd: shell.cwd });
      const [{ runService }, { createLog }] = await Promise.all([
        import('../app/service.ts'),
        import('../telemetry/log.ts'),
      ]);
      const logOf = (base: Readonly<Record<string, string>>) =>
        createLog({ level: config.logLevel, terminal: shell.terminal, base });
      const log = logOf({ application: config.application });
      for (const warning of warnings) log.warn({}, warning);
      shell.end(
        await runService(config, {
          version: packageVersion(),
          cwd: shell.cwd,
          pid: shell.pid,
          print: shell.print,
          log: logOf,
          onStopSignal: shell.onStopSignal,
        }),
      );
    });
