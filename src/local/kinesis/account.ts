import { type Fields, optionalText, STREAM_ARN, STREAM_NAME } from './fields.ts';
import { invalidArgument, KinesisError } from './kinesis-error.ts';
import type { ShardState } from './shard-state.ts';
import type { StreamState } from './stream-state.ts';

/** What the server was started with. */
export interface AccountSettings {
  /** How long a stream stays CREATING, UPDATING or DELETING. */
  readonly transitionMs: number;
  readonly iteratorTtlMs: number;
  readonly nextTokenTtlMs: number;
  readonly retentionMs: number;
  readonly maxStreamBytes: number;
}

/** Region and account stand in ARNs and messages only. */
const REGION = 'us-east-1';
export const ACCOUNT_ID = '000000000000';

/** The streams of the one account that the server plays. */
export class Account {
  readonly settings: AccountSettings;
  readonly #streams = new Map<string, StreamState>();

  constructor(settings: AccountSettings) {
    this.settings = settings;
  }

  arnOf(name: string): string {
    return `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/${name}`;
  }

  add(stream: StreamState): void {
    this.#streams.set(stream.settings.name, stream);
  }

  /** The stream of a name, if there is one and it is not gone yet. */
  find(name: string, nowMs: number): StreamState | undefined {
    const stream = this.#streams.get(name);
    if (stream?.gone(nowMs)) this.#streams.delete(name);
    return stream?.gone(nowMs) ? undefined : stream;
  }

  /** The stream that a request names by StreamName or StreamARN. */
  stream(fields: Fields, nowMs: number): StreamState {
    const name = this.nameIn(fields);
    if (name === undefined) throw invalidArgument('Either StreamName or StreamARN must be provided.');
    const stream = this.find(name, nowMs);
    if (!stream) throw this.notFound(`Stream ${name} under account ${ACCOUNT_ID} not found.`);
    return stream;
  }

  /** The stream's name as a request gives it, by name or ARN. */
  nameIn(fields: Fields): string | undefined {
    const name = optionalText(fields, 'StreamName', STREAM_NAME);
    const arn = optionalText(fields, 'StreamARN', STREAM_ARN);
    if (arn === undefined) return name;
    const named = arn.slice(arn.indexOf(':stream/') + ':stream/'.length);
    if (arn !== this.arnOf(named)) throw this.notFound(`Stream with ARN ${arn} not found.`);
    if (name !== undefined && name !== named)
      throw invalidArgument(`StreamName ${name} and StreamARN ${arn} name different streams.`);
    return named;
  }

  /** The stream, which must be ACTIVE or UPDATING to be written to or read. */
  readable(fields: Fields, nowMs: number): StreamState {
    const stream = this.stream(fields, nowMs);
    if (stream.status(nowMs) === 'CREATING')
      throw this.notFound(`Stream ${stream.settings.name} under account ${ACCOUNT_ID} not found.`);
    return stream;
  }

  /** The stream, which must be ACTIVE to be changed. */
  changeable(fields: Fields, nowMs: number): StreamState {
    const stream = this.stream(fields, nowMs);
    const status = stream.status(nowMs);
    if (status === 'ACTIVE') return stream;
    throw new KinesisError(
      'ResourceInUseException',
      `Stream ${stream.settings.name} under account ${ACCOUNT_ID} not ACTIVE, instead in state ${status}`,
    );
  }

  shard(stream: StreamState, id: string, nowMs: number): ShardState {
    const shard = stream.shard(id, nowMs);
    if (shard) return shard;
    throw this.notFound(`Shard ${id} in stream ${stream.settings.name} under account ${ACCOUNT_ID} does not exist`);
  }

  rateExceeded(stream: StreamState, shard: ShardState): KinesisError {
    return new KinesisError(
      'ProvisionedThroughputExceededException',
      `Rate exceeded for shard ${shard.id} in stream ${stream.settings.name} under account ${ACCOUNT_ID}.`,
    );
  }

  notFound(message: string): KinesisError {
    return new KinesisError('ResourceNotFoundException', message);
  }
}
