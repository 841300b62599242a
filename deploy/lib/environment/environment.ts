import type { Settings } from './settings.ts';

/** One whole deployment, told apart from all others by its suffix. */
export interface Environment {
  /** Its name in the file; `preview` for those of pull requests and engineers. */
  readonly name: string;
  readonly suffix: string;
  readonly settings: Settings;
}

/** The name of a thing, with the environment's suffix; without a thing, that of the environment. */
export const nameOf = (
  { suffix, settings: { application } }: Pick<Environment, 'suffix' | 'settings'>,
  thing = '',
): string => [application, suffix, thing].filter((part) => part !== '').join('-');
