import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../../core/clock.ts';
import { describe } from '../../core/errors.ts';
import { Account } from './account.ts';
import type { Operation } from './call.ts';
import { type Fault, type Faults, faults, parseFault } from './faults.ts';
import { asFields, type Fields } from './fields.ts';
import { KinesisError } from './kinesis-error.ts';
import { operations } from './operations.ts';
import { noRates, type Rates, realRates } from './rates.ts';
import { bodyOf, jsonOf, sendAnswer, sendError } from './respond.ts';
import { openIterator } from './token.ts';

const LOOPBACK = '127.0.0.1';
const TARGET = /^Kinesis_20131202\.(\w+)$/;

export interface KinesisOptions {
  /** The loopback address where left out. */
  readonly host?: string;
  /** Any free one where left out. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Enforces the quotas over time (5 reads/s, 2 MB/s, …); the checks of a single request are always on. */
  readonly limits?: boolean;
  readonly iteratorTtlMs?: number;
  readonly nextTokenTtlMs?: number;
  /** How long a stream stays CREATING, UPDATING or DELETING. */
  readonly transitionMs?: number;
  readonly retentionMs?: number;
  /** Memory the records of one stream may take; beyond it the oldest are trimmed. */
  readonly maxStreamBytes?: number;
}

export interface EmbeddedKinesis {
  readonly url: string;
  /** Makes trouble on demand, as `POST /_admin/faults` does. */
  fault(fault: Partial<Fault> & Pick<Fault, 'operation' | 'kind'>): void;
  /** Cuts every connection and stops listening. */
  close(): Promise<void>;
}

interface Service {
  readonly account: Account;
  readonly rates: Rates;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly stopped: AbortSignal;
}

const shardIn = (fields: Fields, account: Account, nowMs: number): string | undefined => {
  const id = fields.ShardId ?? fields.ShardToSplit ?? fields.ShardToMerge;
  if (typeof id === 'string') return id;
  const token = typeof fields.ShardIterator === 'string' ? openIterator(fields.ShardIterator) : undefined;
  return token && account.find(token.stream, nowMs)?.shardAt(token.shardIndex)?.id;
};

const throwFault = (fault: Fault | undefined): void => {
  if (fault?.kind === 'error')
    throw new KinesisError('InternalFailureException', 'Internal service failure, on demand.');
  if (fault?.kind === 'throttle')
    throw new KinesisError('ProvisionedThroughputExceededException', 'Rate exceeded, on demand.');
};

const operationIn = (request: IncomingMessage): { readonly name: string; readonly operation: Operation } => {
  const target = request.headers['x-amz-target'];
  const name = (typeof target === 'string' && TARGET.exec(target)?.[1]) || '';
  const operation = operations.get(name);
  if (operation) return { name, operation };
  throw new KinesisError('UnknownOperationException', `no operation ${String(target)} here`);
};

const perform = async (service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { name, operation } = operationIn(request);
  const fields = asFields(jsonOf(await bodyOf(request)), 'the request');
  const fault = service.faults.take(name, shardIn(fields, service.account, service.clock.wall().getTime()));
  if (fault?.kind === 'drop') return void request.socket.destroy();
  if (fault?.kind === 'slow') await service.clock.sleep(fault.delayMs, service.stopped);
  throwFault(fault);
  const nowMs = service.clock.wall().getTime();
  service.rates.control(name, service.account.nameIn(fields) ?? '');
  const answer = operation({ fields, nowMs, account: service.account, rates: service.rates, faults: service.faults });
  if (fault?.kind === 'lose') return void request.socket.destroy();
  sendAnswer(response, answer);
};

const administer = async (service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  if (request.url !== '/_admin/faults')
    throw new KinesisError('UnknownOperationException', `nothing at ${request.url}; there is /_admin/faults`);
  if (request.method === 'POST') service.faults.add(parseFault(jsonOf(await bodyOf(request))));
  if (request.method === 'DELETE') service.faults.clear();
  sendAnswer(response, { faults: service.faults.list() });
};

const answered = async (service: Service, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  response.setHeader('date', service.clock.wall().toUTCString());
  try {
    if (request.url?.startsWith('/_admin/')) await administer(service, request, response);
    else await perform(service, request, response);
  } catch (thrown) {
    if (response.destroyed) return;
    const unforeseen = () => new KinesisError('InternalFailureException', describe(thrown));
    sendError(response, thrown instanceof KinesisError ? thrown : unforeseen());
  }
};

/**
 * Starts an in-memory Kinesis: JSON 1.1 over HTTP/1.1, streams, shards and polling reads as the
 * API reference describes them. No signature is checked.
 */
export const startKinesis = async (options: KinesisOptions = {}): Promise<EmbeddedKinesis> => {
  const clock = options.clock ?? systemClock;
  const stop = new AbortController();
  const account = new Account({
    transitionMs: options.transitionMs ?? 0,
    iteratorTtlMs: options.iteratorTtlMs ?? 300_000,
    nextTokenTtlMs: options.nextTokenTtlMs ?? 300_000,
    retentionMs: options.retentionMs ?? 24 * 3_600_000,
    maxStreamBytes: options.maxStreamBytes ?? 256 * 1_048_576,
  });
  const rates = options.limits ? realRates(clock) : noRates;
  const service: Service = { account, rates, faults: faults(), clock, stopped: stop.signal };
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    void answered(service, request, response);
  });
  const host = options.host ?? LOOPBACK;
  const port = await listening(server, host, options.port ?? 0);
  return {
    url: `http://${host}:${port}`,
    fault: (fault) => service.faults.add({ count: 1, delayMs: 1000, shardId: undefined, ...fault }),
    close: () =>
      new Promise((resolve) => {
        stop.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const listening = (server: ReturnType<typeof createServer>, host: string, wanted: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (typeof address === 'object' && address) resolve(address.port);
      else reject(new Error(`no port to listen on at ${host}`));
    });
  });
