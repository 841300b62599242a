import type { Reason } from './reasons.ts';

/**
 * Every error Shardline raises itself. Each code is explained in docs/errors.md; a test holds this list and that page
 * together.
 */
export const ERROR_CODES = [
  'SHARDLINE_CONFIG_INVALID',
  'SHARDLINE_CONFIG_UNREADABLE',
  'SHARDLINE_USAGE',
  'SHARDLINE_TRANSFORM_UNLOADABLE',
  'SHARDLINE_DEAD_LETTERS_UNWRITABLE',
  'SHARDLINE_DEAD_LETTERS_UNREADABLE',
  'SHARDLINE_LOCAL_TOOL_MISSING',
  'SHARDLINE_LOCAL_START_FAILED',
  'SHARDLINE_PRODUCE_FAILED',
  'SHARDLINE_TEMPLATE_REFUSED',
  'SHARDLINE_COLLECTION_UNUSABLE',
  'SHARDLINE_HTTP_UNAVAILABLE',
  'SHARDLINE_LEASE_TABLE_UNUSABLE',
  'SHARDLINE_AUDIT_FAILED',
  'SHARDLINE_REPLAY_REFUSED',
  'SHARDLINE_REPLAY_FAILED',
  'SHARDLINE_EVENT_UNREADABLE',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An error with a stable code; its message says what happened, which value, and what to do. */
export class ShardlineError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ShardlineError';
    this.code = code;
  }
}

/** Thrown by a decoder or a transform for what can never succeed, however often it is tried. */
export class PoisonError extends Error {
  readonly reason: Reason;

  constructor(message: string, reason: Reason = 'transform-invalid') {
    super(message);
    this.name = 'PoisonError';
    this.reason = reason;
  }
}

/** AWS repeats a wrongly signed request in its refusal, with the session token: that is left out. */
export const withoutRequest = (message: string): string => {
  const at = message.indexOf('The Canonical String for this request');
  return at < 0 ? message : message.slice(0, at).trimEnd();
};

/** The message of anything that was thrown, for logs and answers. */
export const describe = (thrown: unknown): string => {
  if (thrown instanceof Error) return withoutRequest(thrown.message) || thrown.name;
  try {
    return String(thrown);
  } catch {
    return 'a value that cannot be shown';
  }
};
