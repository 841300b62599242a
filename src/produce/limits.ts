/** Largest record of a stream by default, partition key included (API reference of PutRecords). */
export const MAX_RECORD_BYTES = 1_048_576;
/** Records of one PutRecords request. */
export const MAX_BATCH_RECORDS = 500;
/** Bytes of one PutRecords request, partition keys included: what every stream takes. */
export const MAX_BATCH_BYTES = 5 * 1_048_576;
