import { readFileSync } from 'node:fs';
import { inject } from 'vitest';
import type { Label } from './environments.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

/** A piece of a value that CloudFormation puts together. */
type Piece = string | { readonly 'Fn::ImportValue': string };

/** A template as CloudFormation takes it. */
export type Template = Readonly<Record<string, unknown>> & {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value: { readonly 'Fn::Join'?: readonly [string, readonly Piece[]] } }>
  >;
};

export interface SynthesizedTemplate {
  readonly label: Label;
  readonly stack: string;
  readonly resources: Readonly<Record<string, Resource>>;
}

const read = (templateFile: string): Template => JSON.parse(readFileSync(templateFile, 'utf8'));

/** Every template of every environment. */
export const everyTemplate = (): readonly SynthesizedTemplate[] =>
  inject('synthesized').map(({ label, stack, templateFile }) => ({
    label,
    stack,
    resources: read(templateFile).Resources,
  }));

/** The whole template of one stack. */
export const templateOf = (label: Label, stack: string): Template => {
  const found = inject('synthesized').find((each) => each.label === label && each.stack === stack);
  if (!found) throw new Error(`${label} has no stack ${stack}`);
  return read(found.templateFile);
};

/** The resources of one type in an environment. */
export const resourcesOf = (label: Label, type: string): readonly Resource[] =>
  everyTemplate()
    .filter((template) => template.label === label)
    .flatMap(({ resources }) => Object.values(resources).filter(({ Type }) => Type === type));
