import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditReport } from '../../src/app/audit/job.ts';
import type { Finding } from '../../src/audit/finding.ts';
import type { Rig } from './rig.ts';

/** What `shardline audit --json` said. */
export interface Audited {
  readonly code: number | undefined;
  readonly findings: readonly Finding[];
  /** Undefined when it ended without one. */
  readonly report: (AuditReport & { readonly accounted: boolean }) | undefined;
  readonly err: string;
}

type Line = { readonly kind: 'finding' | 'report' } & Finding & AuditReport & { readonly accounted: boolean };

/**
 * Audits what arrived in a rig within a range, epoch milliseconds, as a user does; no other worker should read, for it
 * reads as often as it may.
 */
export const audit = async (
  world: Pick<Rig, 'command'>,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  more: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Audited> => {
  const times = ['--from', new Date(fromMs).toISOString(), '--to', new Date(toMs).toISOString()];
  const args = ['audit', ...times, '--reads-per-second', '5', '--json', ...more];
  const { code, out, err } = await world.command(args, environment).ended;
  const lines = out
    .split('\n')
    .filter(Boolean)
    .map((line): Line => JSON.parse(line));
  return {
    code,
    findings: lines.filter(({ kind }) => kind === 'finding'),
    report: lines.find(({ kind }) => kind === 'report'),
    err,
  };
};

/** Asks a rig's OpenSearch to change something behind Shardline's back. */
export const tamper = async (world: Pick<Rig, 'opensearchUrl'>, method: string, path: string, body?: object) => {
  const answer = await fetch(`${world.opensearchUrl}/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
};

/** Puts letters down in a folder of the rig, as a redrive does with those of a queue; returns it as `--letters` takes it. */
export const spooled = (world: Pick<Rig, 'folder'>, letters: readonly string[]): string => {
  const folder = mkdtempSync(join(world.folder, 'spool-'));
  writeFileSync(join(folder, 'letters.ndjson'), letters.map((line) => `${line}\n`).join(''));
  return `file:${folder}`;
};
