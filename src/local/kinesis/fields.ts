import { isObject } from '../../core/is-object.ts';
import { KinesisError } from './kinesis-error.ts';

/** A request's members as they came: an object parsed from JSON, each member checked where it is read. */
export type Fields = Readonly<Record<string, unknown>>;

interface TextRule {
  readonly max: number;
  readonly pattern?: RegExp;
  readonly min?: number;
}

/** AWS writes member names in its validation errors with a small first letter. */
const member = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

export const refuse = (name: string, value: unknown, constraint: string): KinesisError =>
  new KinesisError(
    'ValidationException',
    `1 validation error detected: Value ${value === undefined ? 'null' : `'${String(value).slice(0, 200)}'`} at ` +
      `'${member(name)}' failed to satisfy constraint: ${constraint}`,
  );

const wrongType = (name: string, expected: string): KinesisError =>
  new KinesisError('SerializationException', `${name} must be ${expected}`);

/** A string member within its limits, or undefined where it is absent. */
export const optionalText = (fields: Fields, name: string, rule: TextRule): string | undefined => {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw wrongType(name, 'a string');
  if (value.length < (rule.min ?? 1))
    throw refuse(name, value, `Member must have length greater than or equal to ${rule.min ?? 1}`);
  if (value.length > rule.max) throw refuse(name, value, `Member must have length less than or equal to ${rule.max}`);
  if (rule.pattern && !rule.pattern.test(value))
    throw refuse(name, value, `Member must satisfy regular expression pattern: ${rule.pattern.source}`);
  return value;
};

export const requiredText = (fields: Fields, name: string, rule: TextRule): string => {
  const value = optionalText(fields, name, rule);
  if (value === undefined) throw refuse(name, value, 'Member must not be null');
  return value;
};

export const optionalInteger = (fields: Fields, name: string, min: number, max: number): number | undefined => {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name, 'an integer');
  if (value < min) throw refuse(name, value, `Member must have value greater than or equal to ${min}`);
  if (value > max) throw refuse(name, value, `Member must have value less than or equal to ${max}`);
  return value;
};

/** A member out of a closed list. */
export const optionalChoice = <T extends string>(
  fields: Fields,
  name: string,
  choices: readonly T[],
): T | undefined => {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw refuse(name, value, `Member must satisfy enum value set: [${choices.join(', ')}]`);
  return choice;
};

/** A timestamp member, on the wire in epoch seconds; here in epoch milliseconds. */
export const optionalTimestampMs = (fields: Fields, name: string): number | undefined => {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongType(name, 'epoch seconds');
  return Math.round(value * 1000);
};

/** A structure member. */
export const optionalFields = (fields: Fields, name: string): Fields | undefined => {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  return asFields(value, name);
};

export const asFields = (value: unknown, name: string): Fields => {
  if (!isObject(value)) throw wrongType(name, 'an object');
  return value;
};

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** A blob member: its standard base64 text as it came, and how many bytes it stands for. */
export const requiredBlob = (fields: Fields, name: string): { readonly base64: string; readonly bytes: number } => {
  const base64 = fields[name];
  if (base64 === undefined || base64 === null) throw refuse(name, undefined, 'Member must not be null');
  if (typeof base64 !== 'string' || base64.length % 4 !== 0 || !BASE64.test(base64))
    throw wrongType(name, 'standard base64');
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return { base64, bytes: (base64.length / 4) * 3 - padding };
};

export const STREAM_NAME = { max: 128, pattern: /^[a-zA-Z0-9_.-]+$/ } as const;
export const STREAM_ARN = { max: 2048, pattern: /^arn:aws.*:kinesis:.*:\d{12}:stream\/\S+$/ } as const;
export const SHARD_ID = { max: 128, pattern: /^[a-zA-Z0-9_.-]+$/ } as const;
export const SEQUENCE_NUMBER = { max: 129, pattern: /^(0|([1-9]\d{0,128}))$/ } as const;
export const HASH_KEY = { max: 39, pattern: /^(0|([1-9]\d{0,38}))$/ } as const;
export const PARTITION_KEY = { max: 256 } as const;
export const TOKEN = { max: 1_048_576 } as const;
export const ITERATOR = { max: 512 } as const;
