import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../../docs/deploy.md', import.meta.url), 'utf8');

/** A command of the page, and what keeps a test from running it. */
export interface PageCommand {
  readonly command: string;
  readonly needs: string | undefined;
}

/** The commands of one way, in their order. */
export const commandsOf = (heading: string): readonly PageCommand[] => {
  const section = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const block = /```sh\n([\s\S]*?)```/.exec(section)?.[1] ?? '';
  return block
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [command = '', needs] = line.split(/ {2}# needs /);
      return { command, needs };
    });
};

export const WAYS = ['ECS on Fargate', 'EKS', 'Without servers', 'By npm'] as const;

/** What the page asks AWS for. */
const TOLD = { NODE: 'https://search-music-abc123.eu-central-1.es.amazonaws.com' };

/** What the page's own `export` gives. */
const exportsOf = (heading: string): Readonly<Record<string, string>> => ({
  ...TOLD,
  ...Object.fromEntries(
    commandsOf(heading)
      .filter(({ command, needs }) => command.startsWith('export ') && needs === undefined)
      .flatMap(({ command }) =>
        [...command.matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]),
      ),
  ),
});

const filled = (command: string, values: Readonly<Record<string, string>>): string =>
  command.replaceAll(/\$([A-Z_]+)/g, (whole, name: string) => values[name] ?? whole).replaceAll('"', '');

/** The stacks and the context of every `cdk deploy` of the page. */
export const deploymentsOf = (heading: string) =>
  commandsOf(heading)
    .filter(({ command }) => command.startsWith('npm run cdk -- deploy '))
    .map(({ command }) => {
      const words = filled(command, exportsOf(heading)).split(' ').slice(5);
      const context = words.flatMap((word, at) => {
        const value = words[at + 1] ?? '';
        return word === '-c' ? [[value.slice(0, value.indexOf('=')), value.slice(value.indexOf('=') + 1)]] : [];
      });
      const stacks = words.slice(
        0,
        words.findIndex((word) => word.startsWith('-c')),
      );
      return { stacks, context: Object.fromEntries(context) as Record<string, string> };
    });
