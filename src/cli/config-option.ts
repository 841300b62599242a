/** `--config`, the same for every command that reads the configuration. */
export const CONFIG_OPTION = [
  '--config <file>',
  'configuration file (default: shardline.yaml in this folder, if there is one)',
] as const;
