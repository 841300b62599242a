import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';

const module = new URL('../../../bin/heap.js', import.meta.url).href;

test('a bound that somebody has set is theirs', async () => {
  const { youngGeneration } = await import(module);
  expect(youngGeneration([])).toEqual(['--max-semi-space-size=16']);
  expect(youngGeneration(['--max-semi-space-size=64'])).toEqual([]);
  expect(youngGeneration([], '--no-warnings --max-semi-space-size=64')).toEqual([]);
});

test('the process is the same one afterwards, with its arguments and the bound', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'heap-')), 'program.mjs');
  writeFileSync(
    file,
    `import { startAnew, youngGeneration } from ${JSON.stringify(module)};
     startAnew(youngGeneration(process.execArgv));
     console.log(JSON.stringify({ pid: process.pid, node: process.execArgv, own: process.argv.slice(2) }));`,
  );
  const child = spawn(process.execPath, ['--stack-size=900', file, 'run', '--config=a b'], { stdio: 'pipe' });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect(errors).toBe('');
  expect(JSON.parse(output)).toEqual({
    pid: child.pid,
    node: ['--stack-size=900', '--max-semi-space-size=16'],
    own: ['run', '--config=a b'],
  });
});
