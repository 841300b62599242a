import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe } from '../core/errors.ts';
import type { Jdk } from './jdk.ts';
import { withLock } from './lock.ts';
import type { Machine } from './machine.ts';
import type { Child } from './process.ts';

/** Writing the archive takes about ten seconds at the end of the recorded run. */
const WRITE_WITHIN_MS = 120_000;
const QUIET = ['-Xlog:cds=off', '-Xlog:aot=off', '-Xlog:cds+dynamic=off'];

/** Work that makes the server load the classes a real run needs. */
const exercise = async (url: string): Promise<void> => {
  const headers = { 'content-type': 'application/json' };
  const mappings = { properties: { at: { type: 'date' }, name: { type: 'keyword' }, size: { type: 'float' } } };
  const template = { index_patterns: ['warm-*'], template: { settings: { number_of_replicas: 0 }, mappings } };
  await fetch(`${url}/_index_template/warm`, { method: 'PUT', headers, body: JSON.stringify(template) });
  const lines = Array.from({ length: 500 }, (_, id) => [
    JSON.stringify({ create: { _index: `warm-${id % 3}`, _id: String(id % 400) } }),
    JSON.stringify({ at: '2026-01-02T03:04:05Z', name: `n${id}`, size: id / 7, text: `some words ${id}` }),
  ]);
  await fetch(`${url}/_bulk?timeout=10s`, { method: 'POST', headers, body: `${lines.flat().join('\n')}\n` });
  await fetch(`${url}/warm-*/_refresh`, { method: 'POST' });
  const query = { query: { match: { text: 'words' } }, aggs: { names: { terms: { field: 'name' } } } };
  await fetch(`${url}/warm-*/_search`, { method: 'POST', headers, body: JSON.stringify(query) });
  await fetch(`${url}/warm-*/_count`);
  await fetch(`${url}/_cat/indices?format=json`);
  await fetch(`${url}/_mget`, { method: 'POST', headers, body: '{"docs":[{"_index":"warm-0","_id":"0"}]}' });
};

/**
 * JVM arguments that halve the server's start: the classes of one recorded run, already parsed (a dynamic class-data
 * archive, JEP 350). Recorded once per JDK version, by starting the server with `record`. Without an archive everything
 * works, only slower: so a recording that fails is told and not tried again in this run.
 */
export const archiveArgs = async (
  machine: Machine,
  jdk: Jdk,
  lib: string,
  record: (args: readonly string[]) => Promise<{ readonly child: Child; readonly url: string }>,
): Promise<readonly string[]> => {
  const archive = join(dirname(lib), `classes-${jdk.version}.jsa`);
  if (!existsSync(archive)) {
    await withLock(machine, `${archive}.lock`, async () => {
      if (existsSync(archive)) return;
      machine.say('preparing quick starts of OpenSearch (half a minute, once) …');
      const draft = `${archive}.${process.pid}`;
      try {
        const { child, url } = await record([`-XX:ArchiveClassesAtExit=${draft}`, ...QUIET]);
        await exercise(url);
        await child.stop(WRITE_WITHIN_MS);
        renameSync(draft, archive);
      } catch (error) {
        rmSync(draft, { force: true });
        machine.say(`that did not work, starts will be slower: ${describe(error)}`);
      }
    });
  }
  return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto', ...QUIET] : QUIET;
};
