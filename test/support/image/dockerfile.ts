import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../src/local/machine.ts';

/** An instruction of a Dockerfile: its name, its flags, and the rest. */
export interface Instruction {
  readonly name: string;
  readonly flags: Readonly<Record<string, string>>;
  readonly rest: string;
}

/** One `FROM` and what follows it. */
export type DockerStage = readonly Instruction[];

const parse = (line: string): Instruction => {
  const [name = '', ...words] = line.split(/\s+/);
  const flags = words.filter((word) => word.startsWith('--')).map((flag) => flag.slice(2).split('='));
  const begin = words.findIndex((word) => !word.startsWith('--'));
  return { name, flags: Object.fromEntries(flags), rest: words.slice(begin).join(' ') };
};

/** The stages of our Dockerfile; what stands before the first `FROM` is stage 0. */
export const dockerStages = (): readonly DockerStage[] => {
  const text = readFileSync(join(packageRoot(), 'Dockerfile'), 'utf8').replace(/^#.*\n/gm, '');
  const stages: Instruction[][] = [[]];
  for (const line of text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter(Boolean)) {
    const instruction = parse(line);
    if (instruction.name === 'FROM') stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
};

/** What a stage says under a name: every one of them. */
export const said = (stage: DockerStage, name: string): readonly Instruction[] =>
  stage.filter((instruction) => instruction.name === name);

/** What it says last, which is what holds. Throws where it says nothing. */
export const holds = (stage: DockerStage, name: string): string => {
  const last = said(stage, name).at(-1);
  if (!last) throw new Error(`the Dockerfile's stage has no ${name}`);
  return last.rest;
};

/** The words of an instruction in exec form; throws for the shell's form, which needs a shell. */
export const execForm = (text: string): readonly string[] => {
  const words: unknown = JSON.parse(text.replace(/^CMD /, ''));
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  throw new Error(`${text} is no list of words`);
};

/** `KEY=value KEY=value`, as ENV, ARG and LABEL say it. */
export const pairs = (instructions: readonly Instruction[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    instructions.flatMap(({ rest }) =>
      [...rest.matchAll(/([\w.]+)(?:=("[^"]*"|\S+))?(?=\s|$)/g)].map(([, key = '', value = '']) => [
        key,
        value.replaceAll('"', ''),
      ]),
    ),
  );
