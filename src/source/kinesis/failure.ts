/** What a failed request means for the reader. */
export type Failure =
  /** Too much asked of the shard or its key; wait. */
  | 'throttled'
  /** The iterator or token is too old; get another. */
  | 'expired'
  /** Kinesis does not understand the position. */
  | 'argument'
  /** There is no such stream or shard. */
  | 'missing'
  /** Anything else: the network, a timeout, a 5xx, permissions. Somebody or something will mend it. */
  | 'failed';

const BY_NAME: ReadonlyMap<string, Failure> = new Map<string, Failure>([
  ['ProvisionedThroughputExceededException', 'throttled'],
  ['LimitExceededException', 'throttled'],
  ['KMSThrottlingException', 'throttled'],
  ['ThrottlingException', 'throttled'],
  ['ExpiredIteratorException', 'expired'],
  ['ExpiredNextTokenException', 'expired'],
  ['InvalidArgumentException', 'argument'],
  ['ResourceNotFoundException', 'missing'],
]);

/** Sorts what the SDK threw by the name of its exception. */
export const failureOf = (thrown: unknown): Failure =>
  (thrown instanceof Error && BY_NAME.get(thrown.name)) || 'failed';
