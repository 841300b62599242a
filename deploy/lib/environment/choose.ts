import { type Environment, nameOf } from './environment.ts';
import { EnvironmentError, type Problem } from './problem.ts';
import { type Given, givenIn, isMapping, readEnvironment, wrongIn } from './read.ts';
import { FIELDS } from './settings.ts';

/** Made as often as wanted, each with a suffix of its own from the command line. */
const PREVIEW = 'preview';
/** What holds for all environments that do not say otherwise. */
const ALL = 'all';
const COMMAND_LINE = '-c';

/** What `-c` says: `env`, and any key of an environment, which wins over the file. */
export type Context = Readonly<Record<string, unknown>>;

/** What the command line says of keys of an environment; the CDK's own entries are none. */
const said = (context: Context): Given[] =>
  Object.entries(context)
    .filter(([key]) => key !== 'env' && !/^@|:/.test(key))
    .map(([key, value]) => ({ key, from: COMMAND_LINE, value }));

/** Whether the suffix comes from where it should: a preview's from the command line, any other from the file. */
const suffixProblems = (name: string, from: string, own: readonly Given[], asked: readonly Given[]): Problem[] => {
  const [filed, given] = [own, asked].map((from) => from.find(({ key }) => key === 'suffix'));
  if (name !== PREVIEW)
    return given ? [{ ...given, says: `is for previews only: expected the suffix of ${name} in the file` }] : [];
  if (filed) return [{ ...filed, says: 'a preview gets its suffix from the command line: -c suffix=pr-123' }];
  const allowed = FIELDS.get('suffix')?.allowed;
  return given ? [] : [{ key: 'suffix', from, says: `missing: expected ${allowed}, as in -c suffix=pr-123` }];
};

/** Two environments whose names of things would be the same. */
const twins = (environments: readonly Environment[], fileName: string): Problem[] =>
  environments.flatMap((one, at) =>
    environments
      .slice(0, at)
      .filter((other) => other.suffix === one.suffix || nameOf(other) === nameOf(one))
      .map((other) => ({
        key: 'suffix',
        from: `${fileName}, ${one.name}`,
        value: one.suffix,
        says: `${other.name} has it too (${nameOf(other)}): expected a suffix of its own`,
      })),
  );

const distinct = (problems: readonly Problem[]): Problem[] => [
  ...new Map(problems.map((each) => [JSON.stringify(each), each])).values(),
];

/**
 * The environment that the command line asks for, of those in the file. Every environment of the file is checked, so that
 * what is wrong with production shows before it is deployed.
 * @throws EnvironmentError that names every wrong key, its value and what is allowed
 */
export const chooseEnvironment = (file: unknown, fileName: string, context: Context): Environment => {
  const { [ALL]: shared, ...mappings } = isMapping(file) ? file : {};
  const names = Object.keys(mappings);
  const asked = names.find((name) => name === context.env);
  const problems: Problem[] = [];
  if (asked === undefined) {
    const says = `expected one of ${names.join(', ')}, as in -c env=${names[0]}`;
    problems.push({ key: 'env', from: COMMAND_LINE, value: context.env, says }, ...wrongIn(said(context)));
  }
  const environments = names.flatMap((name) => {
    const from = `${fileName}, ${name}`;
    const own = givenIn(mappings[name], from);
    const more = name === asked ? said(context) : [];
    if (!isMapping(mappings[name]))
      problems.push({ key: name, from: fileName, value: mappings[name], says: 'expected a mapping' });
    if (name !== PREVIEW || name === asked) problems.push(...suffixProblems(name, from, own, more));
    const read = readEnvironment(name, [...givenIn(shared, `${fileName}, ${ALL}`), ...own, ...more], from);
    problems.push(...read.problems);
    return read.environment && (name !== PREVIEW || name === asked) ? [read.environment] : [];
  });
  const chosen = environments.find(({ name }) => name === asked);
  problems.push(...twins(environments, fileName));
  if (!chosen || problems.length > 0) throw new EnvironmentError(distinct(problems));
  return chosen;
};
