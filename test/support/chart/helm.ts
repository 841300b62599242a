import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { testMachine } from '../machine.ts';
import { goTool } from '../tools/go.ts';

export const CHART = fileURLToPath(new URL('../../../helm/shardline', import.meta.url));

/** The oldest Kubernetes that the chart allows, one that is common, and the newest with schemas. */
export const KUBERNETES = ['1.27.0', '1.33.0', '1.37.0'] as const;

const manifest = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
});
export type Manifest = z.infer<typeof manifest>;

/** What a set of values comes to. */
export interface Rendered {
  readonly text: string;
  readonly all: readonly Manifest[];
  /** The one of that kind. */
  the(kind: string): Manifest;
  has(kind: string): boolean;
}

let program: Promise<string> | undefined;
/** Where helm is; where nothing has fetched it before, it is built first, which takes minutes. */
export const helmProgram = (): Promise<string> => {
  program ??= goTool(testMachine(), 'helm');
  return program;
};

/** helm with a set of values in a file, nothing of the user's own, and no cluster. */
const helm = async (args: readonly string[], values: object, kubernetes: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'shardline-helm-'));
  try {
    const file = join(folder, 'values.yaml');
    writeFileSync(file, JSON.stringify(values));
    const env = { ...process.env, HELM_CACHE_HOME: folder, HELM_CONFIG_HOME: folder, HELM_DATA_HOME: folder };
    const all = [...args, '--kube-version', kubernetes, '--values', file];
    return (await promisify(execFile)(await helmProgram(), all, { env, maxBuffer: 16 * 1024 * 1024 })).stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const rendered = new Map<string, Promise<Rendered>>();

/** What helm makes of these values, as release `music` in the namespace `events`; the same are asked for once. */
export const render = (values: object, kubernetes = '1.37.0', chart = CHART): Promise<Rendered> => {
  const key = JSON.stringify([values, kubernetes, chart]);
  const made = rendered.get(key) ?? template(values, kubernetes, chart);
  rendered.set(key, made);
  return made;
};

const template = async (values: object, kubernetes: string, chart: string): Promise<Rendered> => {
  const text = await helm(['template', 'music', chart, '--namespace', 'events'], values, kubernetes);
  const all = parseAllDocuments(text)
    .map((each): unknown => each.toJS())
    .filter((each) => each !== null)
    .map((each) => manifest.parse(each));
  const find = (kind: string) => all.filter((each) => each.kind === kind);
  return {
    text,
    all,
    has: (kind) => find(kind).length > 0,
    the(kind) {
      const [one, ...more] = find(kind);
      if (!one || more.length > 0) throw new Error(`${more.length + (one ? 1 : 0)} of kind ${kind} in\n${text}`);
      return one;
    },
  };
};

/** What helm says when it refuses these values; empty when it does not. */
export const refusal = async (values: object, kubernetes = '1.37.0', release = 'music'): Promise<string> => {
  try {
    await helm(['template', release, CHART], values, kubernetes);
    return '';
  } catch (thrown) {
    return String(thrown);
  }
};

/** Rejects with what helm finds wrong. */
export const lint = (values: object): Promise<string> => helm(['lint', '--strict', CHART], values, '1.37.0');
