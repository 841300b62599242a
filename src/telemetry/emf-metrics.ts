/** One metric of CloudWatch: what of Prometheus' it is made of, and how its series become one number. */
export interface EmfMetric {
  readonly name: string;
  /** As CloudWatch knows units (its MetricDatum). */
  readonly unit: 'Count' | 'Seconds' | 'Bytes' | 'Percent';
  readonly from: string;
  /** Only series with one of these values of a label. */
  readonly where?: { readonly label: string; readonly is: readonly string[] };
  /** `delta`: what was added since the document before, over all series. */
  readonly as: 'largest' | 'smallest' | 'delta';
  /** Of so much it is a percentage. */
  readonly of?: string;
}

const bulks = (name: string, is: readonly string[]): EmfMetric => ({
  name,
  unit: 'Count',
  from: 'shardline_bulk_requests_total',
  where: { label: 'outcome', is },
  as: 'delta',
});
const shards = (name: string, state: string): EmfMetric => ({
  name,
  unit: 'Count',
  from: 'shardline_shards',
  where: { label: 'state', is: [state] },
  as: 'largest',
});
const count = (name: string, from: string): EmfMetric => ({ name, unit: 'Count', from, as: 'delta' });
const gauge = (name: string, from: string, unit: EmfMetric['unit'] = 'Count'): EmfMetric => ({
  name,
  unit,
  from,
  as: 'largest',
});

/** All that CloudWatch gets, few enough to pay for (each is billed by name and dimensions), enough for alarms and scaling. */
export const EMF_METRICS: readonly EmfMetric[] = [
  gauge('Lag', 'shardline_lag_seconds', 'Seconds'),
  gauge('CheckpointAge', 'shardline_checkpoint_age_seconds', 'Seconds'),
  { ...gauge('RetentionRemaining', 'shardline_retention_remaining_seconds', 'Seconds'), as: 'smallest' },
  gauge('DesiredWorkers', 'shardline_desired_workers'),
  gauge('LeasesHeld', 'shardline_leases_held'),
  shards('ShardsOwned', 'owned'),
  shards('ShardsUnowned', 'unowned'),
  shards('ShardsWaiting', 'waiting'),
  count('RecordsRead', 'shardline_records_read_total'),
  count('DocumentsIndexed', 'shardline_documents_indexed_total'),
  count('DocumentsDuplicate', 'shardline_documents_duplicate_total'),
  count('DocumentsResent', 'shardline_documents_resent_total'),
  count('DeadLetters', 'shardline_dead_letters_total'),
  bulks('BulkRequestsTaken', ['ok']),
  bulks('BulkRequestsNotTaken', ['partial', 'retry', 'split', 'hold']),
  gauge('SickIndices', 'shardline_sick_indices'),
  { ...gauge('MemoryBudgetUsed', 'shardline_buffer_bytes', 'Percent'), of: 'shardline_memory_budget_bytes' },
  gauge('ResidentMemory', 'process_resident_memory_bytes', 'Bytes'),
];
