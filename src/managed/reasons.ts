import type { Reason } from '../core/reasons.ts';

/**
 * Why a record failed here that would not have failed in the service. Each is explained in docs/managed.md; a test holds
 * this list and that page together.
 */
export const MANAGED_REASONS = [
  'fan-out-unsupported',
  'operation-unsupported',
  'answer-too-large',
  'out-of-time',
  'event-unreadable',
] as const;

export type ManagedReason = Reason | (typeof MANAGED_REASONS)[number];
