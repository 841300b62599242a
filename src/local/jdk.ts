import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { ShardlineError } from '../core/errors.ts';
import type { Machine } from './machine.ts';

export interface Jdk {
  readonly home: string;
  readonly major: number;
  /** Its full version, such as `25.0.3`: class-data archives are good for one exact version only. */
  readonly version: string;
}

/** Versions of Java that a part runs on, and how people get one. */
interface Wanted {
  readonly oldest: number;
  readonly newest?: number;
}

/** OpenSearch 3 is compiled for Java 21. */
const FOR_PARTS: Wanted = { oldest: 21 };
/** Spark 3.5 runs on Java 8, 11 and 17; Glue 5.1 and EMR 7 run it on 17. */
const FOR_SPARK: Wanted = { oldest: 17, newest: 17 };

const isFile = (path: string): boolean => {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

const subfolders = (folder: string): string[] => {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
};

/** The full path of a program on the PATH, or undefined. */
export const onPath = (name: string, env: Machine['env']): string | undefined =>
  (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find(isFile);

/** Reads the `release` file every JDK since 9 carries; starts no Java. Undefined for a JRE, which has no `javac`. */
export const jdkAt = (home: string): Jdk | undefined => {
  if (!isFile(join(home, 'bin', 'javac'))) return undefined;
  try {
    const version = /^JAVA_VERSION="?([^"\n]+)/m.exec(readFileSync(join(home, 'release'), 'utf8'))?.[1];
    return version ? { home, version, major: Number.parseInt(version, 10) } : undefined;
  } catch {
    return undefined;
  }
};

const homeOfDefaultJava = (env: Machine['env']): string | undefined => {
  const java = onPath('java', env);
  return java && dirname(dirname(realpathSync(java)));
};

const withMacHome = (folder: string): string[] => [folder, join(folder, 'Contents', 'Home')];

/** Folders that hold JDKs where package managers and people put them. */
const usualPlaces = (env: Machine['env']): string[] => {
  const home = env.HOME ?? '/nonexistent';
  const jdks = [
    '/usr/lib/jvm',
    '/usr/java',
    '/opt',
    '/opt/java',
    '/Library/Java/JavaVirtualMachines',
    join(home, 'Library/Java/JavaVirtualMachines'),
    join(home, '.sdkman/candidates/java'),
    join(home, '.jdks'),
    join(home, '.asdf/installs/java'),
    join(home, '.local/share/mise/installs/java'),
  ].flatMap(subfolders);
  const homebrew = ['/opt/homebrew/opt', '/usr/local/opt']
    .flatMap(subfolders)
    .filter((folder) => folder.includes('openjdk'))
    .map((folder) => join(folder, 'libexec', 'openjdk.jdk'));
  return [...jdks, ...homebrew];
};

/** Where a JDK may stand, the most deliberate choice first. */
const candidates = (env: Machine['env'], usual: readonly string[]): string[] => {
  const named = Object.keys(env)
    .filter((name) => name === 'JAVA_HOME' || name.startsWith('JAVA_HOME_'))
    .sort()
    .map((name) => env[name] ?? '');
  const standard = homeOfDefaultJava(env);
  const siblings = standard ? subfolders(dirname(standard)) : [];
  return [...named, ...(standard ? [standard] : []), ...siblings, ...usual].flatMap(withMacHome);
};

const find = (env: Machine['env'], usual: readonly string[], { oldest, newest }: Wanted): Jdk => {
  const seen: string[] = [];
  for (const home of candidates(env, usual)) {
    const jdk = jdkAt(home);
    if (jdk && jdk.major >= oldest && jdk.major <= (newest ?? jdk.major)) return jdk;
    if (jdk && !seen.includes(jdk.version)) seen.push(jdk.version);
  }
  const found = seen.length > 0 ? `found only ${seen.join(', ')}` : 'found none';
  const which = newest === oldest ? `${oldest}` : `${oldest} or newer`;
  const brew = newest === undefined ? 'openjdk' : `openjdk@${newest}`;
  throw new ShardlineError(
    'SHARDLINE_LOCAL_TOOL_MISSING',
    `A JDK of version ${which} is needed (${found}): install one (Debian, Ubuntu: apt install openjdk-${oldest}-jdk-headless; macOS: brew install ${brew}; any: https://adoptium.net) or point JAVA_HOME at it.`,
  );
};

/** Finds a JDK that can run OpenSearch, even when the `java` on the PATH is older. */
export const findJdk = (env: Machine['env'], usual = usualPlaces(env)): Jdk => find(env, usual, FOR_PARTS);

/** Finds a JDK that can run Spark, even when the `java` on the PATH is newer. */
export const findSparkJdk = (env: Machine['env'], usual = usualPlaces(env)): Jdk => find(env, usual, FOR_SPARK);
