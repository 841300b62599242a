import type { Transform } from '../core/message.ts';

/** A transform without options. */
export type PlainTransform = Transform;

/** A transform with options: `parse` validates `transform_options` (a zod schema does), `create` makes the transform. */
export interface ConfigurableTransform<Options> {
  readonly name: string;
  readonly options: { parse(value: unknown): Options };
  create(options: Options): Omit<Transform, 'name'>;
}

/**
 * Defines a transform: `export default defineTransform({ name, apply })`, or with options
 * `defineTransform({ name, options, create })`. See docs/transforms.md.
 */
export function defineTransform(definition: PlainTransform): PlainTransform;
export function defineTransform<Options>(definition: ConfigurableTransform<Options>): ConfigurableTransform<Options>;
export function defineTransform(definition: object): object {
  return Object.freeze({ ...definition });
}
