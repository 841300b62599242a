import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { rewritingHandler } from './kinesis.ts';
import { sharedFile } from './shared-data.ts';

/** A shape of AWS's API model, as botocore publishes it. */
export interface Shape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
}

export interface Model {
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly input?: { readonly shape: string };
        readonly output?: { readonly shape: string };
        readonly errors?: readonly { readonly shape: string }[];
      }
    >
  >;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** AWS's own model of a service, where it lies beside the project. */
export const awsModel = (service: string): Model | undefined => {
  const json = sharedFile(`aws_models/${service}.service-2.json`);
  return json && (JSON.parse(json.toString()) as Model);
};

const wrongScalar = (shape: Shape, value: unknown, at: string): readonly string[] => {
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${at}: ${what}: ${JSON.stringify(value)?.slice(0, 100)}`);
  const size = typeof value === 'string' ? value.length : value;
  if (shape.type === 'string' && typeof value !== 'string') say('no string');
  if ((shape.type === 'integer' || shape.type === 'long') && !Number.isInteger(value)) say('no integer');
  if (shape.type === 'timestamp' && typeof value !== 'number') say('no epoch seconds');
  if (shape.type === 'boolean' && typeof value !== 'boolean') say('no boolean');
  if (shape.type === 'blob' && Buffer.from(String(value), 'base64').toString('base64') !== value) say('no base64');
  if (typeof size === 'number' && shape.type !== 'blob') {
    if (shape.max !== undefined && size > shape.max) say(`above ${shape.max}`);
    // AWS itself answers FailedRecordCount 0, though its model says 1 at least.
    if (shape.min !== undefined && size < shape.min && !at.endsWith('.FailedRecordCount')) say(`below ${shape.min}`);
  }
  if (shape.pattern && !new RegExp(`^(?:${shape.pattern})$`).test(String(value))) say(`not like ${shape.pattern}`);
  if (shape.enum && !shape.enum.includes(String(value))) say('not in the enum');
  return wrong;
};

/** What of a value, parsed from JSON, breaks its shape. */
const violations = (model: Model, name: string, value: unknown, at = name): readonly string[] => {
  const shape = model.shapes[name];
  if (!shape) return [`${at}: no shape ${name} in the model`];
  if (shape.type === 'list') {
    if (!Array.isArray(value)) return [`${at}: no list`];
    if (shape.max !== undefined && value.length > shape.max) return [`${at}: more than ${shape.max}`];
    return value.flatMap((one, i) => violations(model, shape.member?.shape ?? '', one, `${at}[${i}]`));
  }
  if (shape.type !== 'structure') return wrongScalar(shape, value, at);
  if (typeof value !== 'object' || value === null) return [`${at}: no structure`];
  const missing = (shape.required ?? [])
    .filter((member) => !(member in value))
    .map((member) => `${at}.${member}: absent`);
  const present = Object.entries(value).flatMap(([member, one]) => {
    const known = shape.members?.[member];
    return known ? violations(model, known.shape, one, `${at}.${member}`) : [`${at}.${member}: unknown member`];
  });
  return [...missing, ...present];
};

/** Errors any operation may answer with, whether its model lists them or not. */
const COMMON_ERRORS = ['ValidationException', 'SerializationException', 'UnknownOperationException'];

const answerViolations = (model: Model, operation: string, status: number, body: string): readonly string[] => {
  const spec = model.operations[operation];
  if (status === 200) {
    if (spec?.output) return violations(model, spec.output.shape, JSON.parse(body));
    return body === '' ? [] : [`${operation}: has a body, though its model has none`];
  }
  const { __type: type, ...rest } = JSON.parse(body);
  const known = [...COMMON_ERRORS, ...(spec?.errors ?? []).map((error) => error.shape)];
  return known.includes(type) ? violations(model, type, rest) : [`${operation}: error ${type} is not its`];
};

/** An HTTP handler that holds every answer against the model and collects what breaks it. */
export const checkingHandler = (model: Model | undefined, found: string[]): NodeHttpHandler =>
  rewritingHandler((operation, body, status) => {
    if (model) found.push(...answerViolations(model, operation, status, body));
    return body;
  });
