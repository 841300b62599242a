import { isMap, isPair, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import { withBetween } from '../../src/config/table.ts';

/** One value of the chart, as `values.yaml` has it. */
export interface ChartValue {
  /** Such as `image.tag`. */
  readonly path: string;
  readonly default: unknown;
  /** Its comment, in one line. */
  readonly doc: string;
}

const lineOf = (comment: string): string => comment.replaceAll('\n', ' ').replace(/\s+/g, ' ').trim();

/** The comment above a key; YAML gives the one above the first key of a map to the map. */
const docOf = (pair: Pair, before: string | null | undefined): string => {
  const own = isScalar(pair.key) ? pair.key.commentBefore : undefined;
  return lineOf(own ?? before ?? '');
};

const valuesIn = (map: YAMLMap, prefix: string): readonly ChartValue[] =>
  map.items.filter(isPair).flatMap((pair, i) => {
    const path = `${prefix}${String(isScalar(pair.key) ? pair.key.value : pair.key)}`;
    const doc = docOf(pair, i === 0 ? map.commentBefore : undefined);
    const { value } = pair;
    const inner = isMap(value) ? valuesIn(value, `${path}.`) : [];
    // What has no comment of its own is only the place of others; what has one whose children have none is a whole.
    if (doc === '') return inner;
    if (inner.length > 0) return [{ path, default: undefined, doc }, ...inner];
    const fallback: unknown = isMap(value) || !isScalar(value) ? JSON.parse(JSON.stringify(value)) : value.value;
    return [{ path, default: fallback, doc }];
  });

/** Every value of `values.yaml` that has a comment, in its order. */
export const chartValues = (text: string): readonly ChartValue[] => {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  return valuesIn(contents, '');
};

const shown = (value: unknown): string => (value === undefined ? '' : `\`${JSON.stringify(value)}\``);

/** A page with the table of values between its markers brought up to date. */
export const withValues = (page: string, values: readonly ChartValue[]): string => {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const table = [
    '| value | default | what it is |',
    '| --- | --- | --- |',
    ...values.map(({ path, default: fallback, doc }) => `| \`${path}\` | ${cell(shown(fallback))} | ${cell(doc)} |`),
  ].join('\n');
  return withBetween(page, 'values', table);
};
