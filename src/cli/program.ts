import { Command } from 'commander';
import { auditCommand } from './audit.ts';
import { checkCommand } from './check.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { livezCommand } from './livez.ts';
import { produceCommand } from './produce.ts';
import { redriveCommand } from './redrive.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import type { Shell } from './shell.ts';
import { transformCommand } from './transform.ts';
import { packageVersion } from './version.ts';

/** The command line: every command, its help and its usage errors. Throws instead of ending the process. */
export const program = (shell: Shell): Command => {
  const root = new Command('shardline')
    .description('carries every record of an Amazon Kinesis data stream into daily OpenSearch indices')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .showHelpAfterError('(try it with --help)')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(text.replace(/^error: (.*)/, 'shardline: $1 [SHARDLINE_USAGE]')),
    });
  const commands = [
    runCommand,
    demoCommand,
    checkCommand,
    doctorCommand,
    livezCommand,
    transformCommand,
    produceCommand,
    redriveCommand,
    auditCommand,
    replayCommand,
  ];
  for (const command of commands) root.addCommand(command(shell).copyInheritedSettings(root));
  return root;
};
