import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { bundleManaged } from '../../../scripts/bundle-managed.ts';
import { packageRoot } from '../../../src/local/machine.ts';
import { event } from '../../support/event.ts';
import { firehoseEvent, shardRecord } from '../../support/managed/event.ts';
import { startLambda } from '../../support/managed/lambda.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'shardline-bundle-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SCRIPT = join(packageRoot(), 'scripts', 'bundle-managed.ts');

describe('the bundle of the function', () => {
  it('is one small file, the same bytes from wherever it is made, without an SDK', async () => {
    const file = bundleManaged({ out: join(folder, 'one') });
    const { stdout } = await run(process.execPath, [SCRIPT, '--out', 'two'], { cwd: folder });
    expect(stdout.trim()).toBe(join(folder, 'two', 'index.mjs'));
    expect(readdirSync(join(folder, 'two'))).toEqual(['index.mjs']);
    expect(readFileSync(stdout.trim()).equals(readFileSync(file))).toBe(true);
    expect(statSync(file).size).toBeLessThan(200_000);
    expect(readFileSync(file, 'utf8').match(/@aws-sdk|@smithy|aws-sdk-js/)?.[0]).toBeUndefined();
  });

  it('says which transform cannot be bundled, and why', async () => {
    const out = join(folder, 'none');
    expect(() => bundleManaged({ out, transform: './nowhere.ts' })).toThrow('there is no file');
    const broken = join(folder, 'broken.ts');
    writeFileSync(broken, 'export const transform = 1;\n');
    expect(() => bundleManaged({ out, transform: broken })).toThrow(/broken.ts: .*default/s);
    await expect(run(process.execPath, [SCRIPT])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--out'),
    });
  });

  it('does not start with a wrong configuration, and says all that is wrong', async () => {
    const code = join(folder, 'one');
    const env = { SHARDLINE_DECODE: 'xml', SHARDLINE_INDEX_WINDOW_PAST: 'ever' };
    await expect(startLambda(code, env)).rejects.toThrow(/SHARDLINE_DECODE[\s\S]*SHARDLINE_INDEX_WINDOW_PAST/);
  });

  it('fails an invocation that is no event of Firehose, and goes on with the next', async () => {
    await using lambda = await startLambda(join(folder, 'one'));
    await expect(lambda.invoke({ Records: [] })).rejects.toMatchObject({ code: 'SHARDLINE_EVENT_UNREADABLE' });
    const { records } = await lambda.invoke(firehoseEvent([shardRecord(1, event('after'))]));
    expect(records.map(({ result }) => result)).toEqual(['Ok']);
  });
});
