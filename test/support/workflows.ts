import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const WORKFLOWS = join(root, '.github', 'workflows');

const permissions = z.record(z.string(), z.string());
const concurrency = z.object({ group: z.string(), 'cancel-in-progress': z.union([z.string(), z.boolean()]) });
const step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  with: z.record(z.string(), z.unknown()).default({}),
});
const job = z.object({
  uses: z.string().optional(),
  'runs-on': z.string().optional(),
  'timeout-minutes': z.number().optional(),
  environment: z.string().optional(),
  permissions: permissions.optional(),
  concurrency: concurrency.optional(),
  steps: z.array(step).default([]),
});
const workflow = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: permissions.optional(),
  concurrency: concurrency.optional(),
  jobs: z.record(z.string(), job),
});

export interface Workflow extends z.infer<typeof workflow> {
  readonly file: string;
  readonly text: string;
}

/** One workflow as GitHub reads it, as far as the tests look at it. */
export const readWorkflow = (file: string, text: string): Workflow => ({ ...workflow.parse(parse(text)), file, text });

export const shippedWorkflows = (): readonly Workflow[] =>
  readdirSync(WORKFLOWS)
    .sort()
    .map((file) => readWorkflow(file, readFileSync(join(WORKFLOWS, file), 'utf8')));

/** What GitHub may change on our behalf, and where: nothing else may be asked for. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  'build.yml build': ['packages', 'id-token', 'attestations'],
  'deliver.yml build': ['packages', 'id-token', 'attestations'],
  'preview.yml build': ['packages', 'id-token', 'attestations'],
  ...Object.fromEntries(['dev', 'qa', 'staging', 'prod'].map((name) => [`deliver.yml ${name}`, ['id-token']])),
  'deploy.yml deploy': ['id-token'],
  'preview.yml make': ['id-token'],
  'preview.yml destroy': ['id-token'],
  'sweep.yml sweep': ['id-token'],
  'release.yml npm': ['id-token'],
  'release.yml image': ['packages'],
  'release.yml notes': ['contents'],
};

const PIN = /^\s*(?:- )?uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
const KEYS = /secrets\s*[.[]|secrets: *inherit|aws-(access|secret)|AWS_(ACCESS|SECRET)|NODE_AUTH_TOKEN|NPM_TOKEN/i;

const pinProblems = ({ text }: Workflow): string[] =>
  text
    .split('\n')
    .filter((line) => /^\s*(- )?uses:/.test(line) && !line.includes('uses: ./.github/workflows/'))
    .filter((line) => !PIN.test(line))
    .map((line) => `not pinned by a commit with its tag beside it: ${line.trim()}`);

const stepProblems = ({ jobs }: Workflow): string[] =>
  Object.values(jobs)
    .flatMap(({ steps }) => steps)
    .flatMap(({ run, uses, with: given }) => [
      ...(run?.includes('$' + '{{') ? [`puts a value of GitHub's into the shell: ${run}`] : []),
      ...(run?.trim().includes('\n') ? [`has shell that no test runs: ${run}`] : []),
      ...(uses?.startsWith('actions/checkout@') && given['persist-credentials'] !== false
        ? ['leaves its token in the checkout']
        : []),
    ]);

const jobProblems = ({ file, concurrency: whole, jobs }: Workflow): string[] =>
  Object.entries(jobs).flatMap(([name, each]) => {
    const writes = Object.entries(each.permissions ?? {}).flatMap(([key, level]) => (level === 'write' ? [key] : []));
    const allowed = WRITES[`${file} ${name}`] ?? [];
    return [
      ...(each.permissions ? [] : [`${name} does not say what it may do`]),
      ...writes.filter((key) => !allowed.includes(key)).map((key) => `${name} may write ${key}`),
      ...(each.uses || each['timeout-minutes'] ? [] : [`${name} has no limit of time`]),
      ...(each.uses || whole || each.concurrency ? [] : [`${name} may run twice at once`]),
      ...(each['runs-on']?.includes('latest') ? [`${name} runs on whatever is the latest`] : []),
    ];
  });

/** What of our own rules a workflow breaks. */
export const problemsOf = (one: Workflow): string[] => [
  ...(Object.keys(one.permissions ?? { all: 'write' }).length === 0 ? [] : ['jobs may do what they do not say']),
  ...('pull_request_target' in one.on || 'workflow_run' in one.on ? ["runs strangers' code with our rights"] : []),
  ...[...one.text.matchAll(new RegExp(KEYS, 'gi'))].map(([found]) => `names a key or token that is kept: ${found}`),
  ...pinProblems(one),
  ...stepProblems(one),
  ...jobProblems(one),
];
