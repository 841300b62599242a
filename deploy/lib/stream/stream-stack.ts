import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IStream } from 'aws-cdk-lib/aws-kinesis';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { type Environment, nameOf } from '../environment/environment.ts';
import { removalPolicy, stackProps } from '../environment/stack-props.ts';
import { keepLeases, putLetters, readStream, sendArchive, sendLetters } from '../rights/service.ts';
import { Archive } from './archive.ts';
import { DataKey } from './data-key.ts';
import { adoptedStream, EventStream } from './event-stream.ts';
import { LeaseTable } from './lease-table.ts';
import { LetterQueue } from './letter-queue.ts';
import { PrivateBucket } from './private-bucket.ts';

/** What stands before the keys of the service's dead letters in their bucket. */
export const LETTERS_PREFIX = 'service';
const ACCESS_LOG_DAYS = 90;

export class StreamStack extends Stack {
  /** Encrypts all that this stack makes and that holds events. */
  readonly key: Key;
  readonly stream: IStream;
  readonly leaseTable: TableV2;
  readonly letters: LetterQueue;
  readonly lettersBucket: Bucket;
  /** Takes the access logs of other buckets; may be used for more of them. */
  readonly accessLogs: Bucket;
  readonly archiveBucket: Bucket;
  /** Undefined in an environment without one. */
  readonly archive: Archive | undefined;
  readonly #environment: Environment;

  constructor(scope: Construct, environment: Environment) {
    super(scope, 'stream', stackProps(environment, 'stream', 'the stream, leases, dead letters and the archive'));
    this.#environment = environment;
    const { log_days: logDays, data, stream } = environment.settings;
    const name = (thing = '') => nameOf(environment, thing);
    const kept = removalPolicy(environment);
    const description = `Shardline ${name()}: stream, dead letters, archive`;
    this.key = new DataKey(this, 'Data', { alias: name(), description, removalPolicy: kept }).key;
    this.stream = this.#streamOf(kept);
    this.leaseTable = new LeaseTable(this, 'Leases', {
      application: name(),
      deletionProtection: data === 'retain',
      removalPolicy: kept,
    }).table;
    this.letters = new LetterQueue(this, 'LetterQueue', { name: name('letters'), key: this.key, removalPolicy: kept });
    this.accessLogs = this.#bucket('AccessLogs', 'access-logs', ACCESS_LOG_DAYS, undefined);
    this.lettersBucket = this.#bucket('Letters', 'letters', stream.letter_days, this.accessLogs);
    this.archiveBucket = this.#bucket('Records', 'archive', stream.archive_days, this.accessLogs);
    this.archive = stream.archive
      ? new Archive(this, 'Archive', {
          name: name('archive'),
          bucket: this.archiveBucket,
          key: this.key,
          logDays,
          removalPolicy: kept,
        })
      : undefined;
  }

  /** The statements that a worker of this environment needs; with `/service/*` as the one wildcard among them. */
  get workerRights(): readonly PolicyStatement[] {
    const { letters } = this.#environment.settings.stream;
    return [
      ...readStream(this, this.stream),
      ...keepLeases(this.leaseTable.tableArn),
      ...(letters === 'queue' ? sendLetters(this, this.letters.queue, this.key) : []),
      ...putLetters(this, this.lettersBucket, LETTERS_PREFIX, this.key),
      ...(this.archive ? sendArchive(this.archive.deliveryStream.attrArn) : []),
    ];
  }

  /** What of the service's configuration follows from what is here, as its environment variables. */
  get workerVariables(): Readonly<Record<string, string>> {
    const { settings } = this.#environment;
    const bucket = `s3://${this.lettersBucket.bucketName}/${LETTERS_PREFIX}`;
    return {
      SHARDLINE_APPLICATION: nameOf(this.#environment),
      SHARDLINE_STREAM: settings.stream.arn ?? nameOf(this.#environment),
      ...(settings.stream.letters === 'queue'
        ? { SHARDLINE_DEAD_LETTER_TO: this.letters.queue.queueUrl, SHARDLINE_DEAD_LETTER_LARGE_TO: bucket }
        : { SHARDLINE_DEAD_LETTER_TO: bucket }),
      ...(this.archive && { SHARDLINE_ARCHIVE_TO: `firehose://${nameOf(this.#environment, 'archive')}` }),
    };
  }

  #streamOf(kept: RemovalPolicy): IStream {
    const { arn, key_arn: keyArn, mode, shards, retention_hours: retentionHours } = this.#environment.settings.stream;
    if (arn !== undefined) return adoptedStream(this, 'Events', arn, keyArn);
    return new EventStream(this, 'Events', {
      name: nameOf(this.#environment),
      key: this.key,
      shards: mode === 'provisioned' ? shards : undefined,
      retentionHours,
      removalPolicy: kept,
    }).stream;
  }

  #bucket(id: string, thing: string, expireDays: number, accessLogs: Bucket | undefined): Bucket {
    return new PrivateBucket(this, id, {
      // The names of buckets are shared by all accounts.
      name: `${nameOf(this.#environment, thing)}-${this.account}`,
      key: accessLogs ? this.key : undefined,
      accessLogs,
      expireDays,
      removalPolicy: removalPolicy(this.#environment),
    }).bucket;
  }
}
