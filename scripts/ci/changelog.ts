// Usage: node scripts/ci/changelog.ts VERSION
// Prints what CHANGELOG.md says of that version; ends with 1 when it says nothing.
import { readFileSync } from 'node:fs';
import process from 'node:process';

/** The text below `## [VERSION] - DATE`, up to the next version's heading or the links at the end; undefined without one. */
export const changesOf = (text: string, version: string): string | undefined => {
  const lines = text.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`## [${version}] - `));
  if (from < 0) return undefined;
  const rest = lines.slice(from + 1);
  const to = rest.findIndex((line) => line.startsWith('## ') || /^\[[^\]]+\]: /.test(line));
  const section = rest.slice(0, to < 0 ? rest.length : to).join('\n');
  return section.replaceAll(/^### .*$/gm, '').trim() === '' ? undefined : section.trim();
};

const main = (version: string | undefined): number => {
  if (!version) {
    process.stderr.write('usage: changelog.ts VERSION\n');
    return 2;
  }
  const changes = changesOf(readFileSync('CHANGELOG.md', 'utf8'), version);
  if (changes === undefined) {
    process.stderr.write(`CHANGELOG.md has no section "## [${version}] - DATE" that says anything\n`);
    return 1;
  }
  process.stdout.write(`${changes}\n`);
  return 0;
};

if (import.meta.main) process.exitCode = main(process.argv[2]);
