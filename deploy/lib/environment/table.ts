import { FIELDS } from './settings.ts';

const code = (value: unknown): string => {
  const text = typeof value === 'object' ? Object.values(value ?? {}).join(',') : String(value ?? '');
  return text === '' ? '' : `\`${text}\``;
};

/** Every key of an environment, as a table in Markdown. */
export const keysTable = (): string =>
  [
    '| key | default | what it is | allowed |',
    '| --- | --- | --- | --- |',
    ...[...FIELDS].map(
      ([key, { doc, allowed, required, fallback }]) =>
        `| \`${key}\` | ${required ? '**required**' : code(fallback)} | ${doc} | ${allowed} |`,
    ),
  ].join('\n');
