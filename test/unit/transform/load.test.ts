import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ShardlineError } from '../../../src/core/errors.ts';
import { loadTransform } from '../../../src/transform/load.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shardline-load-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const LOADER = new URL('../../../src/transform/load.ts', import.meta.url).href;

/**
 * Loads a module in a Node of its own, as the service does (the test runner has its own idea of imports), applies it
 * to one message and answers with what came out or what was thrown.
 */
const loaded = async (file: string, text: string, options: object = {}): Promise<string> => {
  await writeFile(join(folder, file), text);
  const script = `
    import { loadTransform } from ${JSON.stringify(LOADER)};
    try {
      const transform = await loadTransform(${JSON.stringify(`./${file}`)}, ${JSON.stringify(options)}, process.cwd());
      try {
        console.log(transform.name + ' ' + JSON.stringify(transform.apply({ value: { n: 1 } })));
      } catch (thrown) {
        console.log('poison ' + thrown.constructor.name + ' ' + thrown.reason + ' ' + thrown.message);
      }
    } catch (thrown) {
      console.log('refused ' + thrown.code + ' ' + thrown.message);
    }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    cwd: folder,
  });
  return stdout.trim();
};

const TYPED = `
  import { defineTransform, PoisonError, type Message } from 'shardline';
  interface Event { readonly n: number }
  export default defineTransform({
    name: 'mine',
    apply(message: Message) {
      const { n } = message.value as Event;
      if (n !== 2) throw new PoisonError('n must be 2');
      return [];
    },
  });`;

describe('a module in a foreign folder', () => {
  it('of TypeScript imports the running shardline, so that its PoisonError is ours', async () => {
    expect(await loaded('typed.ts', TYPED)).toBe('poison PoisonError transform-invalid n must be 2');
    expect(await loaded('typed.mts', TYPED)).toBe('poison PoisonError transform-invalid n must be 2');
  });

  it('of JavaScript does too', async () => {
    const text = `import { defineTransform } from 'shardline';
      export default defineTransform({ name: 'js', apply: ({ value }) => [{ timestamp: new Date(0), body: value }] });`;
    const expected = 'js [{"timestamp":"1970-01-01T00:00:00.000Z","body":{"n":1}}]';
    expect(await loaded('plain.js', text)).toBe(expected);
    expect(await loaded('plain.mjs', text)).toBe(expected);
    const common = text
      .replace(/import (.*) from (.*);/, 'const $1 = require($2);')
      .replace('export default', 'module.exports =');
    expect(await loaded('common.js', common)).toBe(expected);
  });

  const CONFIGURABLE = `
    import { defineTransform } from 'shardline';
    const parse = (value) => {
      if (typeof value.scale !== 'number') throw new Error('scale must be a number');
      return value;
    };
    export default defineTransform({
      name: 'scaled',
      options: { parse },
      create: ({ scale }) => ({ apply: ({ value }) => [{ timestamp: new Date(value.n * scale), body: {} }] }),
    });`;

  it('is made from its validated options', async () => {
    const out = await loaded('scaled.mjs', CONFIGURABLE, { scale: 1000 });
    expect(out).toBe('scaled [{"timestamp":"1970-01-01T00:00:01.000Z","body":{}}]');
    expect(await loaded('scaled.mjs', CONFIGURABLE)).toMatch(
      /^refused SHARDLINE_TRANSFORM_UNLOADABLE .*scale must be a number/,
    );
  });

  it.each([
    ['syntax.mjs', 'export default {', {}, 'cannot be imported'],
    ['enum.ts', 'enum A { b } export default A', {}, 'cannot be imported'],
    ['throws.mjs', 'throw new Error("at start")', {}, 'at start'],
    ['missing.mjs', "import 'no-such-package-at-all'", {}, 'no-such-package-at-all'],
    ['nothing.mjs', 'export const apply = () => []', {}, 'no default export'],
    ['dated.mjs', 'export default { name: "a", apply() {}, indices: ["e-{yyyy}"] }', {}, 'its indices are no list'],
    ['index.mjs', 'export default { name: "a", apply() {}, indices: "e" }', {}, 'its indices are no list'],
    ['nameless.mjs', 'export default { apply: () => [] }', {}, 'no name'],
    ['idle.mjs', 'export default { name: "x" }', {}, 'no apply'],
    ['optionless.mjs', 'export default { name: "x", apply: () => [] }', { a: 1 }, 'takes no options'],
    ['empty.mjs', 'export default { name: "x", options: { parse: () => 1 }, create: () => 1 }', {}, 'no apply'],
  ])('that is wrong is refused with file and fault: %s', async (file, text, options, fault) => {
    const out = await loaded(file, text, options);
    expect(out).toMatch(/^refused SHARDLINE_TRANSFORM_UNLOADABLE /);
    expect(out).toContain(file);
    expect(out).toContain(fault);
  });
});

describe('the built-in transform', () => {
  it('is loaded by its name and checks its options', async () => {
    await expect(loadTransform('music-events', {}, '/nowhere')).resolves.toMatchObject({ name: 'music-events' });
    const refused = loadTransform('music-events', { repair_text: 'yes', kep_names: true }, '/nowhere');
    await expect(refused).rejects.toBeInstanceOf(ShardlineError);
    await expect(refused).rejects.toThrow(/repair_text: .*boolean.*kep_names/);
  });
});

describe('a file that is not there', () => {
  it('is named', async () => {
    await expect(loadTransform('./gone.ts', {}, folder)).rejects.toThrow(join(folder, 'gone.ts'));
  });
});
