import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installOnce, missing, runStep } from '../../../src/local/install-once.ts';
import { onPath } from '../../../src/local/jdk.ts';
import type { Machine } from '../../../src/local/machine.ts';

interface GoTool {
  /** The program's package. */
  readonly path: string;
  readonly version: string;
  /** What `go install` calls the program, where that is no name of its own. */
  readonly built?: string;
  /** Arguments with which one on the PATH tells its version. */
  readonly says: readonly string[];
  /** How long the first build takes on two cores; later ones find their parts in Go's own cache. */
  readonly takes: string;
}

/** The checks' programs that are written in Go. What pins a version pins it here. */
const GO_TOOLS = {
  helm: {
    path: 'helm.sh/helm/v3/cmd/helm',
    version: 'v3.22.0',
    says: ['version', '--short'],
    takes: '3 to 9 minutes',
  },
  kubeconform: {
    path: 'github.com/yannh/kubeconform/cmd/kubeconform',
    version: 'v0.8.0',
    says: ['-v'],
    takes: 'half a minute',
  },
  actionlint: {
    path: 'github.com/rhysd/actionlint/cmd/actionlint',
    version: 'v1.7.12',
    says: ['-version'],
    takes: 'half a minute',
  },
  'compose-go': {
    path: 'github.com/compose-spec/compose-go/v2/cmd',
    version: 'v2.16.2',
    built: 'cmd',
    says: ['--version'],
    takes: 'half a minute',
  },
  gitleaks: {
    path: 'github.com/zricethezav/gitleaks/v8',
    version: 'v8.30.1',
    says: ['version'],
    takes: 'a minute or two',
  },
} satisfies Record<string, GoTool>;

type GoToolName = keyof typeof GO_TOOLS;

/** Whether the program says to be of exactly that version. */
const isOf = async (version: string, program: string, says: readonly string[], env: Machine['env']) => {
  try {
    const { stdout } = await promisify(execFile)(program, says, { env: { ...env } });
    return stdout.split(/[\s+]/).some((word) => word === version || `v${word}` === version);
  } catch {
    return false;
  }
};

const findGo = (name: GoToolName, env: Machine['env']): string => {
  const go = onPath('go', env);
  if (go) return go;
  const { version } = GO_TOOLS[name];
  throw missing(
    `${name} ${version} is not on the PATH, and go (1.26 or newer), which can build it, is not either: install Go (Debian, Ubuntu: apt install golang, or https://go.dev/dl where that is older; macOS: brew install go), or ${name} ${version} itself.`,
  );
};

/** Where that program is: on the PATH in the pinned version, or built once by `go install` into the cache. */
export const goTool = async (machine: Machine, name: GoToolName): Promise<string> => {
  const { path, version, built = name, says, takes }: GoTool = GO_TOOLS[name];
  const found = onPath(name, machine.env);
  if (found && (await isOf(version, found, says, machine.env))) return found;
  const make = async (work: string) => {
    const command = findGo(name, machine.env);
    machine.say(`building ${name} ${version} with go (${takes}, once) …`);
    // Settings meant for the user's own programs must not change this one. Go's caches stay the user's: they save minutes.
    const env = {
      ...machine.env,
      GOBIN: join(work, 'bin'),
      GOOS: undefined,
      GOARCH: undefined,
      GOFLAGS: undefined,
      GOWORK: 'off',
    };
    const failed = {
      what: `go could not build ${name} ${version}`,
      hint: 'Go must be 1.26 or newer; where the network was away, try again when it is back.',
    };
    const args = ['install', `${path}@${version}`];
    await runStep(machine, { command, args, env, work, failed, doing: `building ${name}` });
  };
  return join(await installOnce(machine, { name, key: version, make }), 'bin', built);
};
