import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { installOnce, runStep } from '../../../src/local/install-once.ts';
import { pythonPackages } from '../../../src/local/python-packages.ts';
import { goTool } from '../../support/tools/go.ts';
import { installPromtool } from '../../support/tools/promtool.ts';

const cache = mkdtempSync(join(tmpdir(), 'shardline-tools-'));
const said: string[] = [];
const machineWith = (PATH: string) => ({
  env: { PATH },
  cache,
  clock: systemClock,
  say: (line: string) => said.push(line),
});
const bare = machineWith('/nonexistent');

/** A folder for the PATH with a program in it. */
const withProgram = (name: string, script: string): string => {
  const folder = mkdtempSync(join(cache, 'bin-'));
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
};

afterEach(() => {
  said.length = 0;
  rmSync(join(cache, 'tools'), { recursive: true, force: true });
});

describe('programs that the checks need', () => {
  it('are named with what could make them, where that is missing', async () => {
    const requirements = import.meta.filename;
    const packages = { name: 'checkers', purpose: 'hadolint', requirements, size: '1 MB' };
    for (const [what, named] of [
      [goTool(bare, 'helm'), /helm v3\.22\.0 is not on the PATH, and go \(1\.26 or newer\).*apt install golang/],
      [pythonPackages(bare, packages), /python3 \(3\.11 or newer.* is needed for hadolint: install it/],
      [installPromtool(bare), /^promtool is needed .* neither it nor apt-get .*apt install prometheus/],
    ] as const)
      await expect(what).rejects.toMatchObject({
        code: 'SHARDLINE_LOCAL_TOOL_MISSING',
        message: expect.stringMatching(named),
      });
  });

  it('are taken from the PATH in the pinned version only', async () => {
    const right = withProgram('actionlint', 'echo "v1.7.12"; echo "installed by downloading"');
    expect(await goTool(machineWith(right), 'actionlint')).toBe(join(right, 'actionlint'));
    const without = withProgram('actionlint', 'echo "1.7.12"');
    expect(await goTool(machineWith(without), 'actionlint')).toBe(join(without, 'actionlint'));
    const near = withProgram('actionlint', 'echo v1.7.1; echo v1.7.12-rc1');
    await expect(goTool(machineWith(near), 'actionlint')).rejects.toThrow('is not on the PATH');
    const broken = withProgram('actionlint', 'echo v1.7.12; exit 1');
    await expect(goTool(machineWith(broken), 'actionlint')).rejects.toThrow('is not on the PATH');
  });

  it("are built with no setting of the user's own programs, and named with the end of what was said when that fails", async () => {
    const go = withProgram('go', 'echo "$@ GOOS=$GOOS GOFLAGS=$GOFLAGS"; echo "proxy is away" >&2; exit 3');
    const machine = { ...machineWith(go), env: { PATH: go, GOOS: 'plan9', GOFLAGS: '-mod=vendor' } };
    await expect(goTool(machine, 'kubeconform')).rejects.toMatchObject({
      code: 'SHARDLINE_LOCAL_TOOL_MISSING',
      message: expect.stringMatching(
        /could not build kubeconform v0\.8\.0 \(exit code 3\):\ninstall github\.com\/yannh\/kubeconform\/cmd\/kubeconform@v0\.8\.0 GOOS= GOFLAGS=\nproxy is away\nGo must be 1\.26/,
      ),
    });
    expect(readdirSync(join(cache, 'tools'))).toEqual([]);
  });
});

describe('an installation', () => {
  it('is made once, however many ask, and leaves nothing unfinished', async () => {
    const left = `${process.platform}-${process.arch}.99.part`;
    for (const name of ['thing-1', 'other-1', 'thing-else-1'])
      mkdirSync(join(cache, 'tools', `${name}-${left}`), { recursive: true });
    let made = 0;
    const make = async (work: string) => {
      made++;
      writeFileSync(join(work, 'file'), '');
    };
    const ask = () => installOnce(bare, { name: 'thing', key: '1', make });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect([made, second, existsSync(join(first, 'file'))]).toEqual([1, first, true]);
    const there = [basename(first), `other-1-${left}`, `thing-else-1-${left}`];
    expect(readdirSync(join(cache, 'tools')).sort()).toEqual(there.sort());
  });

  it('is tried again after it failed', async () => {
    const broken = { name: 'thing', key: '1', make: () => Promise.reject(new Error('no')) };
    await expect(installOnce(bare, broken)).rejects.toThrow('no');
    expect(readdirSync(join(cache, 'tools'))).toEqual([]);
    expect(existsSync(await installOnce(bare, { ...broken, make: async () => {} }))).toBe(true);
  });

  it('says that it is still at it', async () => {
    let slept = 0;
    const sleep = async (ms: number, signal?: AbortSignal) => {
      slept += ms;
      if (slept > 60_000) await new Promise((resolve) => signal?.addEventListener('abort', resolve, { once: true }));
    };
    const machine = { ...machineWith('/bin:/usr/bin'), clock: { ...systemClock, sleep } };
    const failed = { what: '', hint: '' };
    await runStep(machine, {
      command: 'sleep',
      args: ['0.2'],
      env: machine.env,
      work: cache,
      failed,
      doing: 'waiting',
    });
    expect(said).toEqual(['still waiting after 30 s …', 'still waiting after 60 s …']);
  });
});
