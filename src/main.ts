import { stopSignals } from './cli/stop-signals.ts';

const onStopSignal = stopSignals(process);
// A service told to stop before it has begun has stopped well; the packages below take their time to load.
if (process.argv[2] === 'run') onStopSignal(() => process.exit(0));

const [{ failureOf }, { program }, { terminalOf }] = await Promise.all([
  import('./cli/failure.ts'),
  import('./cli/program.ts'),
  import('./cli/terminal.ts'),
]);

const { shell, flush, code } = terminalOf(process, onStopSignal);
try {
  await program(shell).parseAsync(process.argv);
} catch (thrown) {
  const failure = failureOf(thrown);
  if (failure.text !== undefined) shell.note(failure.text);
  shell.end(failure.code);
}
await flush();
process.exit(code());
