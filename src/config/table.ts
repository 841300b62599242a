import { KEYS, type Key } from './tree.ts';

const fallbackOf = ({ field }: Key): string => {
  if (field.required) return '**required**';
  if (field.fallback === undefined) return '';
  return `\`${typeof field.fallback === 'object' ? JSON.stringify(field.fallback) : String(field.fallback)}\``;
};

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Every key with its default and its line of documentation, as a table in Markdown. */
const configTable = (): string =>
  [
    '| key | default | what it is |',
    '| --- | --- | --- |',
    ...KEYS.map((key) => `| \`${key.path}\` | ${cell(fallbackOf(key))} | ${cell(key.field.doc)} |`),
  ].join('\n');

/** A page with what stands between the markers of that name replaced. */
export const withBetween = (page: string, name: string, text: string): string => {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page lacks ${start} … ${end}`);
  return `${page.slice(0, from + start.length)}\n${text}\n${page.slice(to)}`;
};

/** A page with the table between its markers brought up to date. */
export const withTable = (page: string): string => withBetween(page, 'configuration', configTable());
