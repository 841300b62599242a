// Usage: node scripts/with-deps.mjs [--with FOLDER] SCRIPT [ARG…]
// Installs the npm packages when they are missing or older than package-lock.json, then runs SCRIPT with the project's
// own Node, which is first on the PATH. `--with deploy` installs those of deploy/package.json as well. Plain JavaScript that Node 20 understands, without any package.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, relative, resolve } from 'node:path';
import process, { env } from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findNode, OLDEST_MAJOR, runningMajor } from '../bin/newer-node.js';
import { passOn } from '../bin/pass-on.js';
import { isInstalled, markInstalled } from './installed.mjs';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const lock = join(root, '.cache', 'npm.lock');
// The last two are set when npm runs us.
const { PATH = '', npm_execpath: npmCli, npm_lifecycle_event: npmScript } = env;

const say = (line) => process.stderr.write(`${line}\n`);

const lockIsFree = () => {
  mkdirSync(dirname(lock), { recursive: true });
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
};

const dropDeadLock = () => {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')) || process.pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') rmSync(lock, { force: true });
  }
};

const npmCi = (folder) => {
  const what = folder === root ? 'npm packages' : `npm packages of ${relative(root, folder)}`;
  say(`installing ${what} (once) …`);
  const startMs = performance.now();
  // npm tells those it runs where its own package is: what is given here wins.
  const args = ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'];
  // The npm that runs us, if one does; `npm` on the PATH otherwise.
  const cli = npmCli?.endsWith('.js') ? [process.execPath, npmCli] : ['npm'];
  const result = spawnSync(cli[0], [...cli.slice(1), ...args], { cwd: folder, stdio: ['inherit', 2, 'inherit'] });
  if (result.error) say(`npm cannot be started (${result.error.message}): install Node with npm (https://nodejs.org).`);
  if (result.status !== 0) return false;
  say(`${what} installed in ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
  return true;
};

const installed = async (folder) => {
  if (isInstalled(folder)) return true;
  for (let told = false; !lockIsFree(); told = true) {
    if (!told) say('waiting for another run that installs npm packages …');
    dropDeadLock();
    await delay(300);
  }
  try {
    if (isInstalled(folder)) return true;
    if (!npmCi(folder)) return false;
    // The root's own `prepare` has said so already.
    if (folder !== root) markInstalled(folder);
    return true;
  } finally {
    rmSync(lock, { force: true });
  }
};

/** npm killed outright passes nothing on: its end shows only in our having another parent. */
const followNpm = (child) => {
  if (!npmScript) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGTERM');
  }, 1_000);
};

const main = async () => {
  const words = process.argv.slice(2);
  const beside = words[0] === '--with' ? words.splice(0, 2).slice(1) : [];
  for (const folder of ['', ...beside]) if (!(await installed(resolve(root, folder)))) return 1;
  const node = findNode(root) ?? (runningMajor() >= OLDEST_MAJOR ? process.execPath : undefined);
  if (!node) {
    say(`Node ${OLDEST_MAJOR} is missing in node_modules/node (were install scripts off?): run "npm ci" with them on.`);
    return 2;
  }
  const path = [join(root, 'node_modules', '.bin'), dirname(node), PATH].join(delimiter);
  const [script, ...args] = words;
  followNpm(passOn(node, [join(root, script), ...args], { ...env, PATH: path }));
  return undefined;
};

const code = await main();
if (code !== undefined) process.exitCode = code;
