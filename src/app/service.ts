import type { Config } from '../config/tree.ts';
import { describe } from '../core/errors.ts';
import { type HttpServer, startHttp } from '../http/server.ts';
import { indexNamer } from '../sink/index-pattern.ts';
import { loadTransform } from '../transform/load.ts';
import { buildWorker, holdLeases, type Worker, type WorkerShell, whileSending } from './assemble.ts';
import { refuseCollection } from './collection.ts';
import { type EmfParts, tellCloudWatch } from './emf.ts';
import { openGauges } from './gauges.ts';
import { indicesAhead } from './index-ahead.ts';
import { isServerless } from './opensearch.ts';
import { probesOf } from './probes.ts';
import { type WorkerScaling, workerScaling } from './scaling.ts';
import { statusOf } from './status.ts';
import { aborted, type Stopping, stopping } from './stopping.ts';
import { ensureTemplate, templateOf } from './template.ts';
import { buildWork } from './work.ts';

/** What the service gets from the process it runs in. */
export interface ServiceShell extends WorkerShell {
  readonly cwd: string;
  /** Writes a line to stdout, beside the log. */
  readonly print: (line: string) => Promise<void>;
  /** Calls back at each request to stop: the first drains, the second ends at once. */
  readonly onStopSignal: (callback: (signal: string) => void) => void;
}

type Scaled = Worker & { readonly scaling: WorkerScaling };

/** Writes the gauges as they are now. */
type Refresh = () => void;

const openHttp = (service: Scaled, phase: Stopping, refresh: Refresh, templateTrouble: () => string | undefined) => {
  const { config, metrics, clock, log } = service;
  const text = () => {
    refresh();
    return metrics.text();
  };
  const indexOf = indexNamer(config.index);
  const probeIndex = isServerless(config) ? () => indexOf(clock.wall().getTime()) : undefined;
  return startHttp({
    ...config.http,
    probes: probesOf({ ...service, node: config.opensearch.node, probeIndex, templateTrouble }),
    metrics: { contentType: metrics.contentType, text },
    status: () => statusOf({ ...service, scaling: service.scaling.status(), isStopping: () => phase.stop.aborted }),
    clock,
    log,
  });
};

type TemplateTrouble = (why: string | undefined) => void;

/** Leases and their work until the stop; nothing is read before the index template is there. */
const carry = async (service: Scaled, phase: Stopping, onTemplateTrouble: TemplateTrouble) => {
  const { config, sink, clock, random, log, scaling } = service;
  if (config.opensearch.template === 'create') {
    const template = templateOf(config, service.transform);
    await ensureTemplate(
      { client: sink.client, template, onTrouble: onTemplateTrouble, clock, random, log },
      phase.stop,
    );
  }
  await Promise.all([
    holdLeases(service, buildWork(service, phase), phase.stop, scaling),
    indicesAhead(service, phase.stop),
  ]);
};

/** The service's life, from its first request to the last thing closed. Rejects when a part of our own broke. */
const live = async (
  service: Scaled & EmfParts,
  phase: Stopping,
  http: HttpServer,
  onTemplateTrouble: TemplateTrouble,
) => {
  const over = new AbortController();
  const sending = whileSending(service, () => carry(service, phase, onTemplateTrouble));
  await Promise.all([sending.finally(() => over.abort()), tellCloudWatch(service, over.signal)]);
  await http.close();
  service.metrics.close();
};

/** Resolves at the second request to stop. */
const hurry = ({ log, config }: Worker, phase: Stopping, http: HttpServer, shell: ServiceShell): Promise<'hurried'> =>
  new Promise((resolve) => {
    shell.onStopSignal((signal) => {
      if (phase.stop.aborted) return resolve('hurried');
      log.info({ signal, within_ms: config.shutdownTimeoutMs }, 'stopping: reading ends, what is in hand is finished');
      http.markStopping();
      phase.begin();
    });
  });

/**
 * Runs the service until it is told to stop, and resolves with the exit code: 0 after a stop, also one that its time
 * ran out for; 1 when a part broke or a second signal cut the stop short. Whatever cannot be reached is tried again for
 * ever. What is not checkpointed at the end is read again.
 */
export const runService = async (config: Config, shell: ServiceShell): Promise<0 | 1> => {
  const transform = await loadTransform(config.transform, config.transformOptions, shell.cwd);
  const worker = await buildWorker(config, transform, shell);
  const service = { ...worker, scaling: workerScaling(worker) };
  const { log, clock } = service;
  await refuseCollection(config, log);
  const phase = stopping(config.shutdownTimeoutMs, clock);
  let templateTrouble: string | undefined;
  const refresh = openGauges(service, phase.stop);
  const http = await openHttp(service, phase, refresh, () => templateTrouble);
  const hurried = hurry(service, phase, http, shell);
  log.info({ url: http.url, stream: config.stream, version: service.version }, 'worker is up');
  try {
    const lived = live({ ...service, refresh, print: shell.print }, phase, http, (why) => {
      templateTrouble = why;
    });
    const overdue = aborted(phase.exitDeadline).then(() => 'overdue' as const);
    const end = await Promise.race([lived, hurried, overdue]);
    if (end === 'hurried') log.warn({}, 'second signal: ending at once; what is not checkpointed will be read again');
    if (end === 'overdue')
      log.warn({}, 'the shutdown time is used up: ending now; leases still held expire by themselves');
    log.info({ ...service.totals }, 'worker has stopped');
    return end === 'hurried' ? 1 : 0;
  } catch (thrown) {
    const stack = thrown instanceof Error ? thrown.stack : undefined;
    log.error({ error: describe(thrown), stack }, 'the worker broke');
    return 1;
  }
};
