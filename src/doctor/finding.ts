/** Every check, in the order in which people read them. Each is explained in docs/doctor.md; a test holds both together. */
export const CHECKS = [
  'configuration',
  'memory',
  'clock',
  'index-window',
  'opensearch',
  'opensearch-tls',
  'opensearch-collection',
  'opensearch-version',
  'opensearch-rights',
  'opensearch-template',
  'opensearch-index',
  'opensearch-retention',
  'opensearch-blocks',
  'opensearch-disk',
  'opensearch-shards',
  'opensearch-request-size',
  'opensearch-writes',
  'stream',
  'stream-retention',
  'stream-rights',
  'lease-table',
  'lease-rows',
  'dead-letters',
  'archive',
] as const;

export type CheckName = (typeof CHECKS)[number];

/** `warn` may go wrong later or could not be asked; `fail` keeps documents from arriving, or loses or doubles them. */
export type State = 'ok' | 'warn' | 'fail';

/** One line of the doctor. */
export interface Finding {
  readonly check: CheckName;
  readonly state: State;
  /** What was found, for people; never a secret. */
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
  /** Lines that begin with `- ` (what is there) or `+ ` (what this configuration makes). */
  readonly diff?: readonly string[];
}

export const ok = (check: CheckName, message: string): Finding => ({ check, state: 'ok', message });

export const warn = (check: CheckName, message: string, fix: string, diff: readonly string[] = []): Finding => ({
  check,
  state: 'warn',
  message,
  fix,
  ...(diff.length > 0 ? { diff } : {}),
});

export const fail = (check: CheckName, message: string, fix: string, diff: readonly string[] = []): Finding => ({
  ...warn(check, message, fix, diff),
  state: 'fail',
});

/** What the doctor wanted to see and may not. The service itself may be well without it. */
export const unseen = (check: CheckName, why: string): Finding =>
  warn(check, `not known: ${why}`, 'nothing, if the service runs well without; else grant what is refused here');

/** What cannot be known before something else is mended. */
export const waits = (check: CheckName, on: CheckName, why: string): Finding =>
  warn(check, `not known: ${why}`, `mend "${on}" first`);

const gravest: Readonly<Record<State, number>> = { ok: 0, warn: 1, fail: 2 };

/** The worst of all, which decides the exit code. */
export const worst = (findings: readonly Finding[]): State =>
  findings.reduce<State>((state, each) => (gravest[each.state] > gravest[state] ? each.state : state), 'ok');
