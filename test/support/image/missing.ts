import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const NAMED = /(?:require(?:\.resolve)?|import)\(\s*["'](\.[^"']*)["']\s*\)|(?:from|import)\s*["'](\.[^"']*)["']/g;
const ENDINGS = ['', '.js', '.cjs', '.mjs', '.json', '/index.js', '/index.json'];

const isFile = (path: string): boolean => existsSync(path) && statSync(path).isFile();

/**
 * What files of the image name by a relative path and the image lacks, though the checkout has it: also what is loaded
 * only now and then, such as a provider of credentials. Paths are relative to both.
 */
export const missingFiles = (image: string, checkout: string, files: readonly string[]): readonly string[] =>
  files
    .filter((file) => /\.[cm]?js$/.test(file))
    .flatMap((file) =>
      [...readFileSync(join(image, file), 'utf8').matchAll(NAMED)].flatMap(([, required, imported]) => {
        const named = join(dirname(file), required ?? imported ?? '');
        const found = ENDINGS.map((ending) => named + ending).find((path) => isFile(join(checkout, path)));
        return found === undefined || isFile(join(image, found)) ? [] : [`${file} loads ${found}`];
      }),
    );
