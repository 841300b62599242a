/** What happens to leases, as `shardline_lease_events_total{event}` counts it. */
export const LEASE_EVENTS = [
  'created',
  'taken',
  'race-lost',
  'lost',
  'expired',
  'released',
  'assigned',
  'finished',
  'renew-failed',
  'work-failed',
] as const;
export type LeaseEvent = (typeof LEASE_EVENTS)[number];

/** What the lease room tells the metrics. Writes to the table are counted where they are sent: in the adapter. */
export interface LeaseObserver {
  event(event: LeaseEvent): void;
}
