import { types } from 'node:util';
import type { Special } from '../core/message.ts';

/** The members of a document that make it other than a `create` in the index of its time. */
export interface SpecialMembers {
  readonly id: unknown;
  readonly body: unknown;
  readonly op: unknown;
  readonly version: unknown;
  readonly index: unknown;
  readonly routing: unknown;
  readonly pipeline: unknown;
}

/** OpenSearch keeps versions as signed 64-bit numbers. */
const MAX_VERSION = 2n ** 63n - 1n;
const MAX_NAME_BYTES = 512;
const MAX_SHOWN = 80;

const show = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value).slice(0, MAX_SHOWN);
  if (value === null) return 'null';
  return types.isDate(value) ? 'a Date' : `of type ${typeof value}`;
};

const isOp = (op: unknown): op is Special['op'] => op === 'create' || op === 'index' || op === 'delete';

const opProblem = (op: unknown): string =>
  op === 'update'
    ? 'the op is update, which changes what it finds: delivered again or late it would change it again; give the whole document with op index and a version'
    : `the op is ${show(op)}; expected create, index or delete`;

const versionProblem = (op: Special['op'], version: unknown): string | undefined => {
  if (op === 'create')
    return version === undefined ? undefined : 'op create takes no version; use op index where documents are replaced';
  if (version === undefined)
    return `op ${op} needs a version from the event, a bigint that grows with each change: without one a late delivery would undo a newer one`;
  if (typeof version !== 'bigint')
    return `the version is ${show(version)}; expected a bigint, such as BigInt(revision)`;
  return version < 0n || version > MAX_VERSION ? `the version lies outside 0 to ${MAX_VERSION}` : undefined;
};

const nameProblem = (key: string, name: unknown): string | undefined => {
  if (name === undefined) return undefined;
  if (typeof name === 'string' && name !== '' && name.isWellFormed() && Buffer.byteLength(name) <= MAX_NAME_BYTES)
    return undefined;
  return `the ${key} is ${show(name)}; expected text of 1 to ${MAX_NAME_BYTES} bytes`;
};

const indexProblem = (index: unknown, indices: ReadonlySet<unknown>): string | undefined =>
  index === undefined || indices.has(index)
    ? undefined
    : `the index is ${show(index)}; expected one that the transform lists in its indices`;

const wholeProblem = (op: Special['op'], { id, body, pipeline }: SpecialMembers): string | undefined => {
  if (op === 'create') return undefined;
  if (id === undefined) return `op ${op} needs an id from the event: that of its place on the stream comes only once`;
  if (op !== 'delete') return undefined;
  if (body !== undefined) return 'op delete takes no body: of what is deleted nothing is kept but a tombstone';
  return pipeline === undefined ? undefined : 'op delete takes no pipeline: a tombstone has nothing for it to work on';
};

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** What makes the document special, or what is wrong with that. `indices`: those that it may name. Pure. */
export const checkSpecial = (members: SpecialMembers, indices: ReadonlySet<unknown>): Special | string => {
  const { op = 'create', version, index, routing, pipeline } = members;
  if (!isOp(op)) return opProblem(op);
  const problem =
    versionProblem(op, version) ??
    wholeProblem(op, members) ??
    indexProblem(index, indices) ??
    nameProblem('routing', routing) ??
    nameProblem('pipeline', pipeline);
  if (problem !== undefined) return problem;
  return {
    op,
    version: typeof version === 'bigint' ? version : undefined,
    index: text(index),
    routing: text(routing),
    pipeline: text(pipeline),
  };
};
