import { ShardlineError } from '../../core/errors.ts';
import { explain } from '../verdict.ts';
import { ask, errorOf, member, type OpenSearchClient, type Request } from './client.ts';

export interface TemplateOptions {
  readonly name: string;
  /** The indices it applies to, for example `music-events-*`. */
  readonly indexPatterns: readonly string[];
  /** Grows with every change of the mappings. */
  readonly version: number;
  readonly mappings: object;
  /** Component templates of the user's own; what stands in this template itself wins over them. */
  readonly composedOf: readonly string[];
  /** Which template wins for an index that several name; left out: that of the service. */
  readonly priority?: number;
  /** Undefined where they are the service's own business. */
  readonly shards: { readonly primaries: number; readonly replicas: number } | undefined;
}

/** Above other templates' usual 0 to 200, so that a catch-all template of the cluster does not win. */
export const PRIORITY = 300;

export type Installed = 'created' | 'updated' | 'kept';

const pathOf = (name: string): string => `/_index_template/${encodeURIComponent(name)}`;

export const templateRequest = (name: string): Request => ({ method: 'GET', path: pathOf(name) });

/** The template's body in the answer to templateRequest. */
export const readTemplate = (body: unknown): unknown => {
  const list = member(body, 'index_templates');
  return Array.isArray(list) ? member(list[0], 'index_template') : undefined;
};

/** The body that is put. */
export const templateBody = (options: TemplateOptions) => {
  const { indexPatterns, priority = PRIORITY, version, mappings, composedOf, shards } = options;
  return {
    index_patterns: indexPatterns,
    ...(composedOf.length > 0 ? { composed_of: composedOf } : {}),
    priority,
    version,
    _meta: { managed_by: 'shardline' },
    template: {
      ...(shards ? { settings: { number_of_shards: shards.primaries, number_of_replicas: shards.replicas } } : {}),
      mappings,
    },
  };
};

/** No template stands above it: two of the same priority may not match one name. */
const TOPMOST = 2 ** 40;

/** What an index of this name would become now; with `options`: if that template were installed and won. */
export const simulateRequest = (index: string, options?: TemplateOptions): Request => ({
  method: 'POST',
  path: `/_index_template/_simulate_index/${encodeURIComponent(index)}`,
  ...(options ? { body: { ...templateBody(options), priority: TOPMOST } } : {}),
});

/** The answer to simulateRequest: settings and mappings with those of components, and the templates that did not win. */
export const readSimulated = (body: unknown) => {
  const overlapping = member(body, 'overlapping');
  return {
    settings: member(body, 'template', 'settings'),
    mappings: member(body, 'template', 'mappings'),
    outdone: (Array.isArray(overlapping) ? overlapping : []).map((each) => member(each, 'name')),
  };
};

/** Installs the template whatever stands there. Throws SHARDLINE_TEMPLATE_REFUSED when OpenSearch cannot or will not. */
export const putTemplate = async (
  client: OpenSearchClient,
  options: TemplateOptions,
  signal: AbortSignal,
): Promise<void> => {
  const put = await ask(client, { method: 'PUT', path: pathOf(options.name), body: templateBody(options) }, signal);
  if ('broken' in put) throw refused(options.name, put.broken);
  if (put.status !== 200) throw refused(options.name, explain(put.status, errorOf(member(put.body, 'error'))));
};

/**
 * Installs the composable index template if it is absent or older than ours; a newer or equal one is kept, so that a
 * roll-back does not undo mappings in use. Throws SHARDLINE_TEMPLATE_REFUSED when OpenSearch cannot or will not.
 */
export const installTemplate = async (
  client: OpenSearchClient,
  options: TemplateOptions,
  signal: AbortSignal,
): Promise<Installed> => {
  const found = await ask(client, templateRequest(options.name), signal);
  if ('broken' in found) throw refused(options.name, found.broken);
  if (found.status !== 200 && found.status !== 404) {
    throw refused(options.name, explain(found.status, errorOf(member(found.body, 'error'))));
  }
  const version = found.status === 200 ? member(readTemplate(found.body), 'version') : undefined;
  if (typeof version === 'number' && version >= options.version) return 'kept';
  await putTemplate(client, options, signal);
  return found.status === 404 ? 'created' : 'updated';
};

const refused = (name: string, why: string): ShardlineError =>
  new ShardlineError(
    'SHARDLINE_TEMPLATE_REFUSED',
    `index template "${name}" could not be installed: ${why}. Mend it, or set opensearch.template: off and install it yourself`,
  );

/** Takes a template away; one that is not there is gone. Throws SHARDLINE_TEMPLATE_REFUSED when OpenSearch does not. */
export const removeTemplate = async (client: OpenSearchClient, name: string, signal: AbortSignal): Promise<void> => {
  const answer = await ask(client, { method: 'DELETE', path: pathOf(name) }, signal);
  if ('broken' in answer) throw refused(name, answer.broken);
  if (answer.status !== 200 && answer.status !== 404)
    throw refused(name, explain(answer.status, errorOf(member(answer.body, 'error'))));
};
