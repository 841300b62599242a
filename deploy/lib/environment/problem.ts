/** One thing that is wrong with an environment. */
export interface Problem {
  readonly key: string;
  /** Where the value came from: the file and environment, or `-c`. */
  readonly from: string;
  /** Undefined where there is none. */
  readonly value?: unknown;
  /** What is wrong, or what was expected. */
  readonly says: string;
}

const SHOWN = 120;

const shown = (value: unknown): string => {
  const json = String(JSON.stringify(value));
  return json.length > SHOWN ? `${json.slice(0, SHOWN)}…` : json;
};

const line = ({ key, from, value, says }: Problem): string =>
  `  ${key} (${from}): ${value === undefined ? '' : `${shown(value)} – `}${says}`;

/** Everything that is wrong, at once; nothing was made. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super([`${count} with the environment, nothing was made:`, ...problems.map(line)].join('\n'));
    this.problems = problems;
  }
}
