import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findJdk } from '../src/local/jdk.ts';
import { startChild } from '../src/local/process.ts';
import { type Contender, figuresOf } from './contender.ts';
import { findPeer, type Peer } from './peers.ts';
import type { Stage } from './stage.ts';

/** The name of its folder. */
export const JAVA_KCL = 'java-kcl';
const SCRIPT = 'run.sh';
/** The embedded Kinesis speaks JSON only. */
const OPTIONS = '-Daws.cborEnabled=false';
/** Java prints its version and ends: of the script only the building is left. */
const BUILD_ONLY = '--version';
/** Runs the script until our end of its stdin closes: it must not outlive us, and watches nothing itself. */
const TETHERED = 'exec 3<&0; bash "$0" </dev/null & java=$!; { cat <&3 >/dev/null; kill -9 -- -$$; } & wait $java';

type Environment = Readonly<Record<string, string | undefined>>;

const buildEnvironment = ({ machine }: Stage, peer: Peer): Environment => {
  const { home } = findJdk(machine.env);
  return {
    ...machine.env,
    CACHE: peer.built(machine),
    JAVA_HOME: home,
    PATH: [join(home, 'bin'), machine.env.PATH].join(delimiter),
    MAVEN_OPTS: `-Dmaven.repo.local=${join(machine.cache, 'maven')}`,
    // Its figures are read by a machine: with decimal points.
    LC_ALL: 'C',
  };
};

const runScript = (stage: Stage, { folder }: Peer, env: Environment, logFile: string, onLine: (line: string) => void) =>
  startChild({
    command: 'bash',
    args: ['-c', TETHERED, join(folder, SCRIPT)],
    env,
    logFile,
    clock: stage.machine.clock,
    onLine,
  });

const failed = (what: string, ending: string, logFile: string): Error =>
  new Error(`${what}: ${ending}; the end of ${logFile}:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`);

const build = async (stage: Stage, peer: Peer, env: Environment): Promise<void> => {
  stage.machine.say('building the Java KCL with Maven where it is not built yet …');
  const logFile = join(stage.folder, 'java-kcl-build.log');
  const ending = await runScript(stage, peer, { ...env, JOPTS: BUILD_ONLY }, logFile, () => {}).ended;
  if (ending !== 'exit code 0') throw failed('the Java KCL cannot be built', ending, logFile);
};

/** The worker's own line, when it has carried as many records as it should. */
const REPORT =
  /^REPORT TARGET .* sinceStart=([\d.]+)s sinceFirstRecord=([\d.]+)s cpu=([\d.]+)s cpuBeforeFirst=([\d.]+)s VmHWM: (\d+) kB/;

const carry = async (stage: Stage, peer: Peer, env: Environment, events: number) => {
  const logFile = join(stage.folder, `${env.APP}.log`);
  const reported = Promise.withResolvers<RegExpExecArray>();
  const child = runScript(stage, peer, env, logFile, (line) => {
    const report = REPORT.exec(line);
    if (report) reported.resolve(report);
  });
  const early = child.ended.then((ending) => {
    throw failed('the Java KCL ended before it had carried all records', ending, logFile);
  });
  const [, sinceStart, sinceFirst, cpu, cpuBefore, peakKb] = await Promise.race([reported.promise, early]);
  // A graceful end would only hand over leases that nobody wants.
  await child.kill();
  const seconds = Number(sinceStart);
  return {
    ...figuresOf(events, seconds, Number(cpu), Number(peakKb) * 1024),
    'CPU-s per million from the first on': ((Number(cpu) - Number(cpuBefore)) / events) * 1e6,
    'records/s from the first on': events / Number(sinceFirst),
    'first document s': seconds - Number(sinceFirst),
  };
};

/**
 * The real Java KCL, polling with its defaults, that puts the records' bytes into bulks as they are: it parses and
 * transforms nothing. Undefined where it does not stand beside the project.
 */
export const javaKcl = (): Contender | undefined => {
  const peer = findPeer(JAVA_KCL, ['pom.xml', SCRIPT, join('src', 'Kcl.java')]);
  if (!peer) return undefined;
  let built: Promise<void> | undefined;
  return async (stage, { stream, events }, run) => {
    const env = buildEnvironment(stage, peer);
    built ??= build(stage, peer, env);
    await built;
    const asked = {
      KINESIS_URL: stage.kinesisUrl,
      DDB_URL: stage.dynamoDbUrl,
      STREAM: stream,
      APP: `java-kcl-${process.pid}-${run}`,
      SINK: stage.sinkUrl,
      TARGET: String(events),
      MODE: 'poll',
      JOPTS: OPTIONS,
    };
    return carry(stage, peer, { ...env, ...asked }, events);
  };
};
