/** The error types of Kinesis' JSON protocol that the embedded server answers with. */
export type KinesisErrorType =
  | 'ExpiredIteratorException'
  | 'ExpiredNextTokenException'
  | 'InternalFailureException'
  | 'InvalidArgumentException'
  | 'LimitExceededException'
  | 'ProvisionedThroughputExceededException'
  | 'ResourceInUseException'
  | 'ResourceNotFoundException'
  | 'SerializationException'
  | 'UnknownOperationException'
  | 'ValidationException';

/** An error as the wire shows it: `__type`, `message` and an HTTP status. */
export class KinesisError extends Error {
  readonly type: KinesisErrorType;
  readonly status: number;

  constructor(type: KinesisErrorType, message: string) {
    super(message);
    this.name = type;
    this.type = type;
    this.status = type === 'InternalFailureException' ? 500 : 400;
  }
}

export const invalidArgument = (message: string): KinesisError => new KinesisError('InvalidArgumentException', message);
