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

export interface SynthesizedTemplate {
  readonly label: Label;
  readonly stack: string;
  readonly resources: Readonly<Record<string, Resource>>;
}

/** Every template of every environment. */
export const everyTemplate = (): readonly SynthesizedTemplate[] =>
  inject('synthesized').map(({ label, stack, templateFile }) => ({
    label,
    stack,
    resources: JSON.parse(readFileSync(templateFile, 'utf8')).Resources,
  }));

/** The resources of one type in an environment. */
export const resourcesOf = (label: Label, type: string): readonly Resource[] =>
  everyTemplate()
    .filter((template) => template.label === label)
    .flatMap(({ resources }) => Object.values(resources).filter(({ Type }) => Type === type));
