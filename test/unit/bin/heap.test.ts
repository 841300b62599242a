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

test('a variable of the allocator that somebody has set is theirs', async () => {
  const { allocation } = await import(module);
  const ours = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '8388608' };
  expect(allocation({})).toEqual(ours);
  expect({ ...allocation({ MALLOC_ARENA_MAX: '4' }), MALLOC_ARENA_MAX: '4' }).toEqual({
    ...ours,
    MALLOC_ARENA_MAX: '4',
  });
});

test('the process is the same one afterwards, with its arguments, the bound and the variables, begun anew once', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'heap-')), 'program.mjs');
  writeFileSync(
    file,
    `import { allocation, startAnew, youngGeneration } from ${JSON.stringify(module)};
     startAnew(youngGeneration(process.execArgv), allocation(process.env));
     console.log(JSON.stringify({ pid: process.pid, node: process.execArgv, own: process.argv.slice(2), arenas: process.env.MALLOC_ARENA_MAX, kept: process.env.KEPT }));`,
  );
  const child = spawn(process.execPath, ['--stack-size=900', file, 'run', '--config=a b'], {
    stdio: 'pipe',
    env: { ...process.env, KEPT: 'yes' },
  });
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect(errors).toBe('');
  expect(JSON.parse(output)).toEqual({
    pid: child.pid,
    node: ['--stack-size=900', '--max-semi-space-size=16'],
    own: ['run', '--config=a b'],
    arenas: '1',
    kept: 'yes',
  });
});
