import { parse } from 'yaml';
import { sharedFile } from './shared-data.ts';

interface Reference {
  readonly $ref: string;
}

interface Operation {
  readonly 'x-operation-group': string;
  readonly 'x-distributions-excluded'?: readonly string[];
  readonly parameters?: readonly Reference[];
  readonly requestBody?: Reference;
}

interface Schema {
  readonly properties?: Readonly<Record<string, unknown>>;
}

interface Namespace {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly requestBodies?: Readonly<
      Record<
        string,
        { readonly content: Record<string, { readonly schema: { readonly properties?: Record<string, unknown> } }> }
      >
    >;
  };
}

/** What the specification says of one operation. */
export interface SpecifiedOperation {
  readonly group: string;
  /** AWS's distributions that do not have it: amazon-managed, amazon-serverless. */
  readonly excluded: readonly string[];
  readonly query: readonly string[];
  /** The members of a JSON body, where the specification lists them here. */
  readonly body: readonly string[] | undefined;
}

/** Those that every operation takes (the specification keeps them in a file of their own). */
const GLOBAL_QUERY = ['error_trace', 'filter_path', 'human', 'pretty', 'source'];

const last = (reference: Reference): string => reference.$ref.split('/').at(-1) ?? '';

const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/_][^/]*')}$`).test(path);

/** OpenSearch's own API specification, where it lies beside the project: finds an operation by method and path. */
export const apiSpec = (): ((method: string, path: string) => SpecifiedOperation | undefined) | undefined => {
  const files = ['_core', 'indices', 'ism'].map((name) =>
    sharedFile(`opensearch/api-spec/spec/namespaces/${name}.yaml`),
  );
  const spaces = files.flatMap((file) => (file ? [parse(file.toString()) as Namespace] : []));
  if (spaces.length < files.length) return undefined;
  return (method, path) => {
    for (const { paths, components } of spaces) {
      // A fixed path before one with a variable in it.
      const template = Object.keys(paths).includes(path)
        ? path
        : Object.keys(paths).find((each) => matches(each, path));
      const operation = template === undefined ? undefined : paths[template]?.[method.toLowerCase()];
      if (!operation) continue;
      const names = (operation.parameters ?? []).map(last).filter((name) => name.includes('::query.'));
      const body = operation.requestBody && components.requestBodies?.[last(operation.requestBody)];
      const members = body?.content['application/json']?.schema.properties;
      return {
        group: operation['x-operation-group'],
        excluded: operation['x-distributions-excluded'] ?? [],
        query: [...names.map((name) => name.replace(/^.*::query\./, '')), ...GLOBAL_QUERY],
        body: members && Object.keys(members),
      };
    }
    return undefined;
  };
};

/** The members that one of ISM's schemas lists: `Policy`, `States`, `Action`, `Transition` …; undefined without the specification. */
export const ismSchema = (name: string): readonly string[] | undefined => {
  const file = sharedFile('opensearch/api-spec/spec/schemas/ism._common.yaml');
  if (!file) return undefined;
  const { components } = parse(file.toString()) as { components: { schemas: Readonly<Record<string, Schema>> } };
  return Object.keys(components.schemas[name]?.properties ?? {});
};
