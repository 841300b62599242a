import { KEYS, type Key } from './tree.ts';

const START = '<!-- configuration:start -->';
const END = '<!-- configuration:end -->';

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

/** A page with the table between its markers brought up to date. */
export const withTable = (page: string): string => {
  const start = page.indexOf(START);
  const end = page.indexOf(END);
  if (start < 0 || end < start) throw new Error(`the page lacks ${START} … ${END}`);
  return `${page.slice(0, start + START.length)}\n${configTable()}\n${page.slice(end)}`;
};
