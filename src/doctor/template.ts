import { isObject } from '../core/is-object.ts';
import { type Difference, differences, diffLines, leaves } from './difference.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** What becomes of an index: its settings and mappings as JSON. */
export interface Shape {
  readonly settings?: unknown;
  readonly mappings?: unknown;
}

export interface TemplateFacts {
  readonly name: string;
  readonly mode: 'create' | 'off';
  /** The body that this configuration would install. */
  readonly wanted: object;
  /** The body that is installed; undefined where there is none. */
  readonly found: unknown;
}

export interface IndexFacts {
  readonly index: string;
  readonly wanted: Shape;
  /** Undefined where there is no such index yet. */
  readonly found: Shape | undefined;
}

const part = (value: unknown, key: string): unknown => (isObject(value) ? value[key] : undefined);

/** Settings are the same with and without `index.` before them. */
const settingLeaves = (settings: unknown) =>
  leaves(settings).map(([path, text]) => [path.replace(/^(?!index\.)/, 'index.'), text] as const);

/** An object is said by its properties; its type comes back for no index. */
const mappingLeaves = (mappings: unknown) =>
  leaves(mappings, 'mappings').filter(([path, text]) => !(path.endsWith('.type') && text === 'object'));

const shapeLeaves = ({ settings, mappings }: Shape) => [...settingLeaves(settings), ...mappingLeaves(mappings)];

const bodyLeaves = (body: unknown) => {
  const template = part(body, 'template');
  const own = ['index_patterns', 'composed_of', 'priority', 'version'].flatMap((key) => {
    const value = part(body, key);
    return Array.isArray(value) && value.length === 0 ? [] : leaves(value, key);
  });
  return [...own, ...shapeLeaves({ settings: part(template, 'settings'), mappings: part(template, 'mappings') })];
};

/** A field of another type refuses values, or is found by other questions; indices that are not covered know none. */
const isGrave = ({ path, there, wanted }: Difference): boolean =>
  path === 'index_patterns' ||
  (path.startsWith('mappings.') && path.endsWith('.type') && there !== undefined && wanted !== undefined);

const versionOf = (body: unknown): number | undefined => {
  const version = part(body, 'version');
  return typeof version === 'number' ? version : undefined;
};

/** The installed index template against the one that this configuration makes. */
export const judgeTemplate = ({ name, mode, wanted, found }: TemplateFacts): Finding => {
  const named = `index template "${name}"`;
  const lines = diffLines(differences(bodyLeaves(found), bodyLeaves(wanted), true));
  if (found === undefined) {
    if (mode === 'create')
      return ok('opensearch-template', `${named} is not there yet; a worker makes it at its start`);
    const text = `${named} is not there, and opensearch.template is off: OpenSearch would guess every field's type`;
    return warn('opensearch-template', text, 'install it under any name, or set opensearch.template: create', lines);
  }
  const there = versionOf(found);
  const ours = versionOf(wanted) ?? 0;
  if (lines.length === 0) return ok('opensearch-template', `${named} is as this configuration makes it`);
  if (mode === 'create' && (there === undefined || there < ours)) {
    const text = `${named} is older (version ${there ?? 'none'}, ours ${ours}); a worker replaces it at its start`;
    return { ...ok('opensearch-template', text), diff: lines };
  }
  const differs = `${named} differs from what this configuration makes`;
  if (there !== undefined && there > ours) {
    const text = `${differs}: it is newer (version ${there}, ours ${ours}) and is kept`;
    return warn(
      'opensearch-template',
      text,
      'run the same version everywhere; after a roll-back this is expected',
      lines,
    );
  }
  const grave = differences(bodyLeaves(found), bodyLeaves(wanted), true).some(isGrave);
  const fix =
    mode === 'create'
      ? 'shardline doctor --apply; or take the difference into the configuration'
      : 'opensearch.template is off: change it by hand, or take the difference into the configuration';
  return (grave ? fail : warn)('opensearch-template', differs, fix, lines);
};

/** A template that stands there and does not hold is worse than none: everything seems well. */
export const judgeOutdone = (name: string, index: string): Finding =>
  fail(
    'opensearch-template',
    `index template "${name}" does not hold for ${index}: another one with a higher priority matches it too`,
    `look for it with GET /_index_template, and narrow its patterns or lower its priority`,
  );

/** An index that is there against what this configuration would make today. Fields that came by themselves are no harm. */
export const judgeIndex = ({ index, wanted, found }: IndexFacts): Finding => {
  if (found === undefined) return ok('opensearch-index', `${index} is not there yet`);
  const all = differences(shapeLeaves(found), shapeLeaves(wanted), false);
  if (all.length === 0) return ok('opensearch-index', `${index} is as this configuration makes it`);
  const text = `${index} differs from what this configuration makes`;
  const fix =
    'indices made from now on follow the template; a field that is missing here can be added with PUT /INDEX/_mapping, another type or number of shards takes a new index';
  return (all.some(isGrave) ? fail : warn)('opensearch-index', text, fix, diffLines(all));
};
