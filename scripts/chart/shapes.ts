/** Pieces of a JSON Schema. */
export interface Shape {
  readonly [keyword: string]: unknown;
}

export const text = (pattern?: string): Shape => ({ type: 'string', ...(pattern ? { pattern } : {}) });
export const choice = (...values: readonly string[]): Shape => ({ type: 'string', enum: values });
export const integer = (minimum: number, maximum: number): Shape => ({ type: 'integer', minimum, maximum });
export const flag: Shape = { type: 'boolean' };
export const list = (items: Shape): Shape => ({ type: 'array', items });
/** Names with texts, as labels and annotations are. */
export const texts: Shape = { type: 'object', additionalProperties: { type: 'string' } };
/** Something that Kubernetes itself describes and checks. */
export const kubernetes: Shape = { type: 'object' };
export const named = (more: Readonly<Record<string, Shape>> = {}): Shape => ({
  type: 'object',
  required: ['name'],
  properties: { name: text('^.'), ...more },
});
/** Exactly these keys; those with a default in values.yaml may not be taken away by a null, for the templates rely on them. */
export const group = (
  properties: Readonly<Record<string, Shape>>,
  optional: Readonly<Record<string, Shape>> = {},
): Shape => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties: { ...properties, ...optional },
});
