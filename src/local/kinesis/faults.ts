import { asFields, type Fields, optionalChoice, optionalInteger, optionalText, requiredText } from './fields.ts';

const KINDS = ['throttle', 'drop', 'error', 'slow', 'lose'] as const;

/**
 * `throttle` refuses, `error` answers 500, `drop` cuts the connection before anything happens, `lose` after it happened
 * (the answer is lost), `slow` waits and then goes on.
 */
export type FaultKind = (typeof KINDS)[number];

/** Trouble to be made on demand. */
export interface Fault {
  /** Name of the operation, or `*`. */
  readonly operation: string;
  readonly kind: FaultKind;
  /** How many times it strikes. */
  readonly count: number;
  /** For `slow`. */
  readonly delayMs: number;
  /** Strikes requests for this shard only; for PutRecords, only that shard's records in a request. */
  readonly shardId: string | undefined;
}

/** Reads a fault from the admin endpoint's JSON. */
export const parseFault = (json: unknown): Fault => {
  const fields: Fields = asFields(json, 'the fault');
  return {
    operation: requiredText(fields, 'operation', { max: 64 }),
    kind: optionalChoice(fields, 'kind', KINDS) ?? 'error',
    count: optionalInteger(fields, 'count', 1, 1_000_000_000) ?? 1,
    delayMs: optionalInteger(fields, 'delayMs', 0, 600_000) ?? 1000,
    shardId: optionalText(fields, 'shardId', { max: 128 }),
  };
};

/** The faults still to strike, first come first served. */
export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  list(): readonly Fault[];
  /** The fault that strikes a request, if any; it is counted. */
  take(operation: string, shardId: string | undefined): Fault | undefined;
  /** The fault, if any, that strikes the records of one shard within a PutRecords request; it is counted. */
  takeRecords(shardId: string): Fault | undefined;
}

const meant = (fault: Fault, operation: string): boolean => fault.operation === '*' || fault.operation === operation;

export const faults = (): Faults => {
  let pending: readonly Fault[] = [];
  const takeFirst = (strikes: (fault: Fault) => boolean): Fault | undefined => {
    const index = pending.findIndex(strikes);
    const fault = pending[index];
    if (!fault) return undefined;
    pending = fault.count > 1 ? pending.with(index, { ...fault, count: fault.count - 1 }) : pending.toSpliced(index, 1);
    return fault;
  };
  return {
    add: (fault) => {
      pending = [...pending, fault];
    },
    clear: () => {
      pending = [];
    },
    list: () => pending,
    take: (operation, shardId) =>
      takeFirst((fault) => meant(fault, operation) && (fault.shardId === undefined || fault.shardId === shardId)),
    takeRecords: (shardId) => takeFirst((fault) => meant(fault, 'PutRecords') && fault.shardId === shardId),
  };
};
