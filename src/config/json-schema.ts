import * as z from 'zod';
import { KEYS, type Key } from './tree.ts';

const leaf = ({ field }: Key): object => {
  const { $schema, ...schema } = z.toJSONSchema(field.schema, { io: 'input' });
  const description = field.required ? `${field.doc} (required)` : field.doc;
  return { ...schema, description, ...(field.fallback === undefined ? {} : { default: field.fallback }) };
};

const mappingOf = (properties: Readonly<Record<string, object>>): object => ({
  type: 'object',
  additionalProperties: false,
  properties,
});

/**
 * JSON Schema of `shardline.yaml`, for completion in editors. Nothing is required in it: the environment may say what
 * the file leaves out.
 */
export const jsonSchema = (): object => {
  const groups = Map.groupBy(KEYS, (key) => key.parts[0] ?? '');
  const properties = [...groups].map(([name, keys]): [string, object] => {
    const [first] = keys;
    if (first?.parts.length === 1) return [name, leaf(first)];
    return [name, mappingOf(Object.fromEntries(keys.map((key) => [key.parts[1] ?? '', leaf(key)])))];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Shardline configuration (shardline.yaml)',
    ...mappingOf(Object.fromEntries(properties)),
  };
};
