/** What a JSON object that was written elsewhere says, not yet looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** A field is not what it should be; the message says which. */
export class WrongField extends Error {}

/** Names stand in documents, ids and keys as they are, so nobody may smuggle anything in. */
export const NAME = /^[a-zA-Z0-9_.-]{1,128}$/;
export const SEQUENCE_NUMBER = /^\d{1,128}$/;

export const textIn = (fields: Fields, name: string, shape?: RegExp): string => {
  const value = fields[name];
  if (typeof value === 'string' && (!shape || shape.test(value))) return value;
  throw new WrongField(`${name} is missing or not what it should be`);
};

export const maybeTextIn = (fields: Fields, name: string): string | undefined =>
  fields[name] === undefined ? undefined : textIn(fields, name);

export const countIn = (fields: Fields, name: string): number => {
  const value = fields[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new WrongField(`${name} is no whole number from 0 on`);
};

/** Epoch milliseconds. */
export const timeIn = (fields: Fields, name: string): number => {
  const ms = Date.parse(textIn(fields, name));
  if (Number.isNaN(ms)) throw new WrongField(`${name} is no time`);
  return ms;
};

/** Damaged bytes must not become another event: Node itself passes over what is no base64. */
export const bytesIn = (fields: Fields, name: string): Buffer => {
  const text = textIn(fields, name);
  const decoded = Buffer.from(text, 'base64');
  if (decoded.toString('base64') !== text) throw new WrongField(`${name} is no standard base64`);
  return decoded;
};
