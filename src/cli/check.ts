import { Command } from 'commander';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { ConfigError, type Problem } from '../config/problem.ts';
import { showConfig } from '../config/show.ts';
import type { Config } from '../config/tree.ts';
import { ShardlineError } from '../core/errors.ts';
import { CONFIG_OPTION } from './config-option.ts';
import type { Shell } from './shell.ts';

const json = (value: unknown): string => JSON.stringify(value, undefined, 2);

/** What only the transform itself can say: that its module loads and takes its options. */
const transformProblems = async (config: Partial<Config>, cwd: string): Promise<readonly Problem[]> => {
  const { transform, transformOptions } = config;
  if (transform === undefined || transformOptions === undefined) return [];
  const { loadTransform } = await import('../transform/load.ts');
  try {
    await loadTransform(transform, transformOptions, cwd);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof ShardlineError)) throw thrown;
    return [{ path: 'transform', from: '', value: undefined, expected: thrown.message }];
  }
};

const attempt = (shell: Shell, file: string | undefined): LoadedConfig | ConfigError => {
  try {
    return loadConfig({ file, env: shell.env, cwd: shell.cwd });
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown;
    throw thrown;
  }
};

/** Loads the configuration and asks the transform too; returns a ConfigError with all that is wrong. */
const checked = async (shell: Shell, file: string | undefined): Promise<LoadedConfig | ConfigError> => {
  const loaded = attempt(shell, file);
  const failed = loaded instanceof ConfigError;
  const more = await transformProblems(failed ? loaded.rest : loaded.config, shell.cwd);
  return more.length === 0 ? loaded : new ConfigError([...(failed ? loaded.problems : []), ...more], {});
};

/** `shardline check`: everything that is wrong with the configuration, or what it comes to. */
export const checkCommand = (shell: Shell): Command =>
  new Command('check')
    .description('validate the configuration and print what it resolves to, secrets hidden')
    .option(...CONFIG_OPTION)
    .option('--json', 'print JSON: the configuration, or every problem')
    .action(async (options: { config?: string; json?: true }) => {
      const loaded = await checked(shell, options.config);
      if (loaded instanceof ConfigError) {
        if (!options.json) throw loaded;
        shell.end(2);
        return shell.print(json({ ok: false, problems: loaded.problems }));
      }
      const config = showConfig(loaded.config);
      if (options.json) return shell.print(json({ ok: true, config, warnings: loaded.warnings }));
      for (const warning of loaded.warnings) shell.note(`warning: ${warning}`);
      const { stringify } = await import('yaml');
      return shell.print(stringify(config));
    });
